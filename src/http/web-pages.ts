import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../lib/errors.ts'

/** Where `npm run web` puts the pages; the same place seen from src/ and from dist/. */
export const WEB_DIST = new URL('../../web/dist/', import.meta.url)

type Encoding = 'br' | 'gzip' | 'identity'
type WebFile = {
  contentType: string
  etag: string
  /** Of a page. */
  policy: string
  bytes: Record<Encoding, Buffer | undefined>
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.json': 'application/json',
}

/** Scripts and styles of our own files alone, and scripts that the build put into the page, by their hashes; data blocks (`application/json`) are no scripts. Pictures may be blobs drawn here. */
const policyOf = (html: string) =>
  [
    "default-src 'none'",
    ["script-src 'self'", ...hashesOf(html)].join(' '),
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const hashesOf = (html: string) =>
  [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  )

/** Smaller pages fit into one packet or two as they are; larger ones take a millisecond to compress. */
const LEAST_ZIPPED_BYTES = 4096

export type WebPages = {
  /**
   * Answers with a page of web/, such as `console`.
   *
   * @param head HTML put before `</head>`: meta tags, a data block; it is sent as it is, so what people wrote must be escaped
   * @throws page_not_built
   */
  send(
    to: { request: FastifyRequest; reply: FastifyReply },
    page: string,
    more?: { head?: string; status?: number },
  ): FastifyReply
}

/** Reads the built pages into memory (they are small), with the compressed copies that the build put beside them. */
export function readWebPages(folder: URL = WEB_DIST): WebPages & { files: Map<string, WebFile> } {
  const root = fileURLToPath(folder)
  const files = new Map(
    globSync(['*.html', 'assets/*'], { cwd: root })
      .filter((name) => extname(name) in TYPES)
      .map((name) => [name.replaceAll('\\', '/'), readWebFile(join(root, name))] as const),
  )
  return {
    files,
    send({ request, reply }, page, { head, status = 200 } = {}) {
      const file = files.get(`${page}.html`)
      if (!file) throw pageNotBuilt()
      reply
        .code(status)
        .header('Content-Security-Policy', file.policy)
        .header('Referrer-Policy', 'same-origin')
        .header('X-Frame-Options', 'DENY')
      if (head === undefined)
        return sendFile(request, reply.header('Cache-Control', 'no-cache'), file)
      // What is put in may be for this browser alone.
      reply.header('Cache-Control', 'private, no-cache')
      const html = Buffer.from(
        String(file.bytes.identity).replace('</head>', () => `${head}</head>`),
      )
      const gzip = html.length > LEAST_ZIPPED_BYTES ? gzipSync(html, { level: 4 }) : undefined
      const bytes = { identity: html, br: undefined, gzip }
      return sendFile(request, reply, { ...file, bytes, etag: etagOf(bytes.identity) })
    },
  }
}

/** Serves the hashed files of the pages: their names change with their bytes, so caches keep them for good. */
export const webAssetsPlugin = ({ files }: { files: Map<string, WebFile> }) =>
  fp(async (app: FastifyInstance) => {
    app.get<{ Params: { file: string } }>(
      '/assets/:file',
      { schema: { hide: true } },
      async (request, reply) => {
        const file = files.get(`assets/${request.params.file}`)
        if (!file)
          throw new AppError({ code: 'object_not_found', message: 'There is no such file.' })
        reply.header('Cache-Control', 'public, max-age=31536000, immutable')
        return sendFile(request, reply, file)
      },
    )
  })

function readWebFile(path: string): WebFile {
  const identity = readFileSync(path)
  const copy = (suffix: string) =>
    existsSync(path + suffix) ? readFileSync(path + suffix) : undefined
  return {
    contentType: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: etagOf(identity),
    policy: extname(path) === '.html' ? policyOf(String(identity)) : '',
    bytes: { identity, br: copy('.br'), gzip: copy('.gz') },
  }
}

const etagOf = (bytes: Buffer) =>
  `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`

function sendFile(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = (['br', 'gzip'] as const).find(
    (name) => file.bytes[name] && new RegExp(`\\b${name}\\b(?!;q=0(\\.0*)?\\b)`).test(accepted),
  )
  // One tag for each form: a weak comparison would do, but caches in between need not know that.
  const etag = encoding ? `${file.etag.slice(0, -1)}-${encoding}"` : file.etag
  reply
    .header('ETag', etag)
    .header('Vary', 'Accept-Encoding')
    .header('X-Content-Type-Options', 'nosniff')
    .type(file.contentType)
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  if (encoding) reply.header('Content-Encoding', encoding)
  return reply.send(file.bytes[encoding ?? 'identity'])
}

const pageNotBuilt = () =>
  new AppError({
    code: 'page_not_built',
    message:
      'The web pages are not built: run "npm run web", then start again. The API works without.',
  })
