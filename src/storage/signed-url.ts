import { createHmac, timingSafeEqual } from 'node:crypto'

/** Within one window the same object gets the same URL, so browsers and CDNs find it in their caches. */
const WINDOW_SECONDS = 300

export type UrlVerdict = 'ok' | 'invalid' | 'expired'

type UrlToSign = { path: string; fileName: string; ttlSeconds: number; now: Date; secret: string }

/**
 * `path?expires=&filename=&signature=`, good for `ttlSeconds` at least and five minutes more at most. `path` must need no
 * percent-encoding (keys do not).
 */
export function signUrl({ path, fileName, ttlSeconds, now, secret }: UrlToSign): string {
  const signedAt = Math.ceil(now.getTime() / 1000 / WINDOW_SECONDS) * WINDOW_SECONDS
  const expires = String(signedAt + Math.ceil(ttlSeconds))
  const filename = fileName.toWellFormed() // a lone surrogate cannot be percent-encoded
  const signature = sign({ path, expires, filename }, secret)
  return `${path}?expires=${expires}&filename=${encodeURIComponent(filename)}&signature=${signature}`
}

type UrlToVerify = {
  /** As it stands in the request line, before any decoding. */
  path: string
  /** Decoded; what else it holds is ignored, so a messenger may add parameters of its own. */
  query: Readonly<Record<string, unknown>>
  now: Date
  secret: string
}

/** Only what was really signed can be `expired`. */
export function verifyUrl({ path, query, now, secret }: UrlToVerify): UrlVerdict {
  const { expires, filename, signature } = query
  const areTexts =
    typeof expires === 'string' && typeof filename === 'string' && typeof signature === 'string'
  if (!areTexts) return 'invalid'
  if (!isEqual(signature, sign({ path, expires, filename }, secret))) return 'invalid'
  return now.getTime() / 1000 < Number(expires) ? 'ok' : 'expired'
}

/** JSON keeps the borders between the parts: no other three texts give the same bytes. */
function sign(
  { path, expires, filename }: Record<'path' | 'expires' | 'filename', string>,
  secret: string,
) {
  return createHmac('sha256', secret)
    .update(JSON.stringify([path, expires, filename]))
    .digest('base64url')
}

/** Compares the texts: two last letters of base64url can stand for the same bytes. In constant time. */
function isEqual(given: string, expected: string) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
