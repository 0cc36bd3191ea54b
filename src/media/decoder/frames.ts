import type { Readable, Writable } from 'node:stream'
import { freeMemory } from '../../lib/free-memory.ts'

/** A message between processes: a small header, and bytes that are not copied into it. */
export type Frame<Header> = { header: Header; payload: Uint8Array }

const PREFIX_BYTES = 8

/** Lengths of header and payload, the header as JSON, the payload. Resolves when the other side has taken the most of it. */
export function writeFrame(to: Writable, { header, payload }: Frame<unknown>): Promise<void> {
  const json = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(json.length, 0)
  prefix.writeUInt32BE(payload.length, 4)
  to.write(prefix)
  to.write(json)
  return new Promise((resolve, reject) =>
    to.write(payload, (error) => (error ? reject(error) : resolve())),
  )
}

/**
 * Reads one frame after the other; undefined at the end of the stream. Nothing of a frame is held once it has been given.
 *
 * @param allocate makes the room for a payload
 */
export function frameReader<Header>(
  from: Readable,
  allocate: (bytes: number) => Uint8Array,
): () => Promise<Frame<Header> | undefined> {
  const chunks = from[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let chunk: Buffer = Buffer.alloc(0)
  /** The end of the chunk, that nobody has read yet. */
  let rest = chunk
  /** False at the end of the stream. */
  const fill = async (target: Uint8Array): Promise<boolean> => {
    for (let at = 0; at < target.length; ) {
      if (rest.length === 0) {
        freeMemory(chunk)
        const next = await chunks.next()
        if (next.done) return false
        chunk = next.value
        rest = chunk
      }
      const part = rest.subarray(0, target.length - at)
      target.set(part, at)
      at += part.length
      rest = rest.subarray(part.length)
    }
    return true
  }
  return async () => {
    const prefix = Buffer.alloc(PREFIX_BYTES)
    if (!(await fill(prefix))) return undefined
    const json = Buffer.alloc(prefix.readUInt32BE(0))
    const payload = allocate(prefix.readUInt32BE(4))
    if (!(await fill(json)) || !(await fill(payload))) return undefined
    return { header: JSON.parse(json.toString()) as Header, payload }
  }
}
