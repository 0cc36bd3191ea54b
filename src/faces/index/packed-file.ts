import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { BLOCK_BYTES } from './block-memory.ts'
import { ByteReader } from './byte-reader.ts'
import type { PackedIndex, RowErrors } from './packed-index.ts'

/** What a file must be about to be taken; another revision or model is another file. */
export type FileTitle = {
  eventId: number
  model: string
  /** Names the file: made anew with each. */
  revision: string
  dimensions: number
  reach: number
}

type Head = FileTitle & { format: number; rows: number }

/** Changes when the bytes mean something else. */
const FORMAT = 1
const MAGIC = 'TSFACES\n'
/** A head is some 200 bytes; the tail grows with clipped rows, of which real models have none. */
const MAX_JSON_BYTES = 64 * 2 ** 20

/**
 * The bytes of an index as it lies in memory: magic, head, blocks (ids as float64, vectors as int8), errors, CRC-32; numbers are
 * little endian. A block is copied whole between two changes; faces that are added or removed while the file is written may be
 * in it or not, so whoever loads it asks for all changes since before it was begun.
 */
export async function* packFile(index: PackedIndex, title: FileTitle): AsyncGenerator<Buffer> {
  let sum = 0
  const summed = (bytes: Buffer) => {
    sum = crc32(bytes, sum)
    return bytes
  }
  const head: Head = { ...title, format: FORMAT, rows: index.rows }
  yield summed(Buffer.concat([Buffer.from(MAGIC), jsonBytes(head)]))
  for (const [at, count] of blocksOf(head).entries()) {
    const block = index.blockAt(at)
    if (!block) throw new Error('the face index was disposed while it was written')
    const ids = Buffer.from(Float64Array.from(block.ids.subarray(0, count)).buffer)
    if (!IS_LITTLE) ids.swap64()
    const vectors = Buffer.from(block.vectors.subarray(0, count * title.dimensions))
    yield summed(Buffer.concat([ids, vectors]))
  }
  yield summed(jsonBytes(index.errors))
  const end = Buffer.alloc(4)
  end.writeUInt32LE(sum)
  yield end
}

/**
 * Fills an empty index from a file.
 *
 * @throws PackedFileUnfit when the file is about something else, cut off or damaged; the index must then be disposed
 */
export async function unpackFile(
  file: Readable,
  title: FileTitle,
  index: PackedIndex,
  signal?: AbortSignal,
): Promise<void> {
  const reader = new ByteReader(file)
  try {
    if ((await reader.take(MAGIC.length)).toString('latin1') !== MAGIC) throw unfit('its beginning')
    const head = await takeJson<Head>(reader)
    const isMeant = Object.entries(title).every(([key, value]) => head[key as 'model'] === value)
    if (head.format !== FORMAT || !isMeant) throw unfit('its head')
    for (const count of blocksOf(head)) {
      signal?.throwIfAborted()
      await index.takeBlock(count, async ({ ids, vectors }) => {
        const idBytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)
        await reader.fill(idBytes)
        if (!IS_LITTLE) idBytes.swap64()
        await reader.fill(Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength))
      })
    }
    const errors = await takeJson<RowErrors>(reader)
    const { sum } = reader
    if ((await reader.take(4)).readUInt32LE() !== sum) throw unfit('its checksum')
    index.takeErrors(errors)
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw unfit('a number', error)
    throw error
  } finally {
    file.destroy()
  }
}

/** The file is not what it should be: the database has to be asked instead. */
export class PackedFileUnfit extends Error {
  override name = 'PackedFileUnfit'
}

const unfit = (what: string, cause?: unknown) =>
  new PackedFileUnfit(`a packed file of faces is not what it should be: ${what}`, { cause })

const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** How many rows each block holds. */
function blocksOf({ rows, dimensions }: Pick<Head, 'rows' | 'dimensions'>): number[] {
  if (!(Number.isSafeInteger(rows) && rows >= 0)) throw unfit('the number of its rows')
  const rowsPerBlock = Math.floor(BLOCK_BYTES / dimensions)
  return Array.from({ length: Math.ceil(rows / rowsPerBlock) }, (_, block) =>
    Math.min(rowsPerBlock, rows - block * rowsPerBlock),
  )
}

function jsonBytes(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}

/** What `jsonBytes` wrote. The checksum vouches for its shape. */
async function takeJson<Value>(reader: ByteReader): Promise<Value> {
  const length = (await reader.take(4)).readUInt32LE()
  if (length > MAX_JSON_BYTES) throw unfit('a length')
  return JSON.parse((await reader.take(length)).toString()) as Value
}
