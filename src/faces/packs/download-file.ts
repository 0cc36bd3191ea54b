import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256Of, sizeOf } from './file-facts.ts'

export type Wanted = { url: string; bytes: number; sha256: string }
export type OnProgress = (progress: { bytes: number; total: number }) => void

/** Cut off so often, each time with nothing new, a server is not worth waiting for. */
const MAX_IDLE_ATTEMPTS = 4
/** A connection on which nothing came for so long is dead. */
const SILENCE_MS = 30_000
/** GitHub needs one to three. */
const MAX_REDIRECTS = 5

/**
 * Downloads a file that is there whole and verified, or not at all. What arrives is kept in `<file>.part`: a download that was
 * cut off goes on where it stopped, within this call and in the next.
 *
 * @throws Error when the server refuses, keeps breaking off, leads to an address that is not https, or sends other bytes
 */
export async function downloadFile(
  { url, bytes, sha256 }: Wanted,
  file: string,
  { onProgress, signal }: { onProgress: OnProgress; signal: AbortSignal },
): Promise<void> {
  const part = `${file}.part`
  await mkdir(dirname(file), { recursive: true })
  for (let idle = 0; ; ) {
    const had = await sizeOf(part)
    if (had === bytes) break
    if (had > bytes) await rm(part)
    const failure = await receive(new URL(url), part, { bytes, onProgress, signal }).catch(
      (error: unknown) => error,
    )
    signal.throwIfAborted()
    if (failure instanceof Refusal) throw new Error(failure.message)
    const has = await sizeOf(part)
    if (has === bytes) break
    idle = has > had ? 0 : idle + 1
    if (idle === MAX_IDLE_ATTEMPTS)
      throw new Error(
        `${url} broke off at ${has} of ${bytes} bytes; run the command again to go on from there`,
        { cause: failure },
      )
    await sleep(idle * 500, undefined, { signal })
  }
  const found = await sha256Of(part)
  if (found !== sha256) {
    await rm(part)
    throw new Error(`${url} sent a file with sha256 ${found}, not ${sha256}: it was thrown away`)
  }
  await rename(part, file)
}

/** What asking again cannot help. */
class Refusal extends Error {}

/** Appends what the server sends to the part that is there. Ends early when the connection does. */
async function receive(
  url: URL,
  part: string,
  { bytes, onProgress, signal }: { bytes: number; onProgress: OnProgress; signal: AbortSignal },
): Promise<void> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error(`${url.host} fell silent`)), SILENCE_MS)
  const from = await sizeOf(part)
  try {
    const response = await request(url, {
      headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    // A server that knows no ranges sends the whole.
    const goesOn =
      response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${from}-`)
    if (!response.ok || !response.body || (response.status === 206 && !goesOn)) {
      await response.body?.cancel()
      if (response.status >= 500 || response.status === 429)
        throw new Error(`${url} answers ${response.status}`)
      throw new Refusal(`${url} answers ${response.status} ${response.statusText}`)
    }
    await using handle = await open(part, goesOn ? 'a' : 'w')
    let has = goesOn ? from : 0
    for await (const chunk of response.body) {
      timer.refresh()
      has += chunk.length
      if (has > bytes) throw new Refusal(`${url} sends more than the ${bytes} bytes of the file`)
      await handle.writeFile(chunk)
      onProgress({ bytes: has, total: bytes })
    }
    await handle.datasync()
  } finally {
    clearTimeout(timer)
  }
}

/** Follows redirects to safe addresses only. */
async function request(url: URL, init: RequestInit): Promise<Response> {
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    assertSafe(url)
    const response = await fetch(url, { ...init, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) return response
    await response.body?.cancel()
    url = new URL(location, url)
  }
  throw new Refusal(`${url.host} redirects more than ${MAX_REDIRECTS} times`)
}

/** Plain http only from this very machine. */
function assertSafe({ protocol, hostname, href }: URL): void {
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback))
    throw new Refusal(`models are downloaded over https only, not from ${href}`)
}
