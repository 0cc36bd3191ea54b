import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { ByteRange } from '../object-store.ts'
import type { S3Connection } from './connection.ts'
import { withRetries } from './retry.ts'
import { isPassing, S3Failure, StoreStalled, undefinedIfMissing } from './s3-failure.ts'

/** How often one reading may be cut off without a byte in between. */
const MAX_CUTS = 5

/**
 * Opens an object for reading; undefined when there is none. A body that is cut off or stalls is continued where it ended,
 * from the same version of the object. Time that the reader takes is not the store's.
 */
export async function openObject(
  connection: S3Connection,
  key: string,
  range?: ByteRange,
): Promise<Readable | undefined> {
  const ask = ({ start, end }: Partial<ByteRange>, etag?: string) =>
    connection.sendOnce({
      method: 'GET',
      key,
      headers: {
        ...(start !== undefined && { range: `bytes=${start}-${end === undefined ? '' : end - 1}` }),
        ...(etag && { 'if-match': etag }),
      },
    })
  let answer: IncomingMessage
  try {
    answer = await withRetries(() => ask(range ?? {}))
  } catch (error) {
    if (error instanceof S3Failure && error.status === 416) return Readable.from([]) // behind the end
    return undefinedIfMissing(error)
  }

  const { etag } = answer.headers
  const first = range?.start ?? 0
  const end = first + Number(answer.headers['content-length'])
  async function* chunks() {
    for (let at = first, cuts = 0; at < end; ) {
      try {
        for await (const chunk of eachChunk(answer, connection.idleMs)) {
          at += chunk.length
          cuts = 0
          yield chunk
        }
        if (at < end) throw new StoreStalled(`Object ${key} ended ${end - at} bytes early`)
      } catch (error) {
        cuts++
        if (cuts > MAX_CUTS || !isPassing(error)) throw error
        answer = await withRetries(() => ask({ start: at, end }, etag))
      }
    }
  }
  const stream = Readable.from(chunks(), { objectMode: false })
  // Also when nobody began to read: then the generator's own end would never run.
  return stream.once('close', () => answer.destroy())
}

/** The chunks of a body. @throws StoreStalled when the next one does not come in time. */
async function* eachChunk(answer: IncomingMessage, idleMs: number): AsyncGenerator<Buffer> {
  answer.setTimeout(0)
  const iterator = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (;;) {
    const stall = setTimeout(
      () => answer.destroy(new StoreStalled('The store stopped in the middle of an object')),
      idleMs,
    )
    const next = await iterator.next().finally(() => clearTimeout(stall))
    if (next.done) return
    yield next.value
  }
}
