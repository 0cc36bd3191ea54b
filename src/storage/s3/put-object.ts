import type { Readable } from 'node:stream'
import type { S3Connection } from './connection.ts'
import { S3Failure } from './s3-failure.ts'
import { escapeXml, textOf } from './xml.ts'

/** What one upload holds in memory at most; S3 wants parts of 5 MiB at least, and takes 10,000: 80 GiB. */
const PART_BYTES = 8 * 2 ** 20

type Put = { key: string; signal: AbortSignal | undefined }

/**
 * Writes an object that is there whole or not at all. What fits into one part is one request; more goes up in parts while it
 * comes in. On any failure, and when `signal` aborts, nothing stays, except what a store that is away keeps of the parts:
 * that is swept later.
 */
export async function putObject(
  connection: S3Connection,
  key: string,
  body: Readable | Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const put = { key, signal }
  if (body instanceof Uint8Array) return putWhole(connection, put, body)
  const stop = () => body.destroy(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    signal?.throwIfAborted()
    await putStream(connection, put, body)
  } finally {
    signal?.removeEventListener('abort', stop)
    body.destroy() // as a pipeline does: the source is ours to end
  }
}

async function putWhole(connection: S3Connection, put: Put, body: Uint8Array): Promise<void> {
  put.signal?.throwIfAborted()
  await connection.ask({ method: 'PUT', ...put, body })
}

async function putStream(connection: S3Connection, put: Put, body: Readable): Promise<void> {
  let upload: Awaited<ReturnType<typeof beginUpload>> | undefined
  try {
    for await (const { bytes, isLast } of cut(body)) {
      if (isLast && !upload) return await putWhole(connection, put, bytes)
      upload ??= await beginUpload(connection, put)
      await upload.add(bytes)
    }
    put.signal?.throwIfAborted()
    await upload?.complete()
  } catch (error) {
    // A store that cannot be told keeps the parts until they are swept; what went wrong first is what matters.
    await upload?.abort().catch(() => {})
    throw error
  }
}

/** Parts of exactly one size, as some stores want them, and the rest; an empty body is one empty part. */
async function* cut(body: Readable): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let held: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    held.push(chunk)
    bytes += chunk.length
    // More than a part: so this one is not the last.
    while (bytes > PART_BYTES) {
      const all = Buffer.concat(held)
      yield { bytes: all.subarray(0, PART_BYTES), isLast: false }
      held = [all.subarray(PART_BYTES)]
      bytes -= PART_BYTES
    }
  }
  yield { bytes: Buffer.concat(held), isLast: true }
}

async function beginUpload(connection: S3Connection, { key, signal }: Put) {
  const begun = await connection.ask({ method: 'POST', key, query: { uploads: '' }, signal })
  const uploadId = textOf(begun.text, 'UploadId')
  if (!uploadId) throw new Error(`The store began no upload of ${key}: ${begun.text.slice(0, 200)}`)
  const etags: string[] = []
  let bytes = 0
  return {
    async add(body: Buffer): Promise<void> {
      const query = { partNumber: String(etags.length + 1), uploadId }
      const { headers } = await connection.ask({ method: 'PUT', key, query, body, signal })
      etags.push(headers.etag ?? '')
      bytes += body.length
    },

    async complete(): Promise<void> {
      const parts = etags.map(
        (etag, index) =>
          `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
      )
      const body = Buffer.from(
        `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
      )
      try {
        await connection.ask({ method: 'POST', key, query: { uploadId }, body, signal })
      } catch (error) {
        // Completed by an attempt whose answer was lost: the upload is gone, and the object is there.
        if (!(error instanceof S3Failure) || error.code !== 'NoSuchUpload') throw error
        const { headers } = await connection.ask({ method: 'HEAD', key, signal })
        if (Number(headers['content-length']) !== bytes) throw error
      }
    },

    abort: () => connection.ask({ method: 'DELETE', key, query: { uploadId } }),
  }
}
