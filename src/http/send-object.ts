import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import { AppError } from '../lib/errors.ts'
import type { ByteRange, FoundObject, ObjectStore, StoredObject } from '../storage/object-store.ts'

type Headers = { contentType: string; cacheControl: string; contentDisposition?: string }

/**
 * Answers with an object: strong ETag, conditional requests and single ranges (RFC 9110, sections 13 and 14).
 * False when there is no such object and nothing was sent. (Not the reply itself: one is a promise of its end.)
 *
 * @throws range_not_satisfiable
 */
export async function sendObject(
  { request, reply, store }: { request: FastifyRequest; reply: FastifyReply; store: ObjectStore },
  key: string,
  headers: Headers,
): Promise<boolean> {
  const object = await store.find(key)
  if (!object) return false
  let isTaken = false
  const read = (range?: ByteRange) => {
    isTaken = true
    return object.read(range)
  }
  try {
    return await answerWith({ request, reply, object: { ...object, read } }, headers)
  } finally {
    if (!isTaken) object.close()
  }
}

async function answerWith(
  { request, reply, object }: { request: FastifyRequest; reply: FastifyReply; object: FoundObject },
  { contentType, cacheControl, contentDisposition }: Headers,
): Promise<boolean> {
  const etag = etagOf(object)
  reply
    .header('ETag', etag)
    .header('Last-Modified', object.modifiedAt.toUTCString())
    .header('Cache-Control', cacheControl)
    .header('Accept-Ranges', 'bytes')
    .header('X-Content-Type-Options', 'nosniff')
    .type(contentType)
  if (contentDisposition) reply.header('Content-Disposition', contentDisposition)

  if (isUnchanged(request, etag)) {
    reply.code(304).send()
    return true
  }
  const range = rangeOf(request, object, etag)
  const length = range ? range.end - range.start : object.bytes
  reply.header('Content-Length', length)
  if (range)
    reply.code(206).header('Content-Range', `bytes ${range.start}-${range.end - 1}/${object.bytes}`)
  // An empty stream, so that the length told stays that of the object.
  const body = request.method === 'HEAD' ? Readable.from([]) : await object.read(range)
  if (body === undefined) return false // removed since
  // All of it is with the system then. Of a connection that was cut the memory is not used again.
  reply.raw.once('finish', () => object.close())
  reply.send(body)
  return true
}

/** Objects are written whole under a new time, so size and time name their bytes. */
const etagOf = ({ bytes, modifiedAt }: StoredObject) =>
  `"${bytes.toString(36)}-${modifiedAt.valueOf().toString(36)}"`

const isUnchanged = ({ headers }: FastifyRequest, etag: string) =>
  (headers['if-none-match'] ?? '').split(',').some((tag) => {
    const value = tag.trim().replace(/^W\//, '')
    return value === etag || value === '*'
  })

/** The one range asked for; several, or one of another version of the object, are answered with the whole. */
function rangeOf({ headers }: FastifyRequest, { bytes }: StoredObject, etag: string) {
  const condition = headers['if-range']
  if (!headers.range || (condition !== undefined && condition !== etag)) return undefined
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range) ?? []
  if (Number(first) > Number(last)) return undefined // no range at all: RFC 9110, section 14.1.2
  const ranges = parseRange(bytes, headers.range, { combine: true })
  if (ranges === -1)
    throw new AppError({
      code: 'range_not_satisfiable',
      message: `The file has ${bytes} bytes; ${headers.range} lies outside.`,
    })
  const [only] = ranges === -2 ? [] : ranges
  if (!only || ranges === -2 || ranges.length > 1 || ranges.type !== 'bytes') return undefined
  return { start: only.start, end: only.end + 1 }
}
