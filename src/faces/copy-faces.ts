import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { fromBytes } from './embedding-bytes.ts'
import type { FaceModel } from './engine/face-model.ts'

/** As an index takes them: one vector an id, one after the other. */
type Faces = { ids: number[]; vectors: Float32Array }

/** Packing 10,000 would hold the event loop for 10 ms. */
const FACES_AT_ONCE = 2000

/** The signature, flags and the length of an extension that does not exist. */
const HEAD_BYTES = 11 + 4 + 4
/** A row begins with the number of its fields, each field with its length. */
const COUNT_BYTES = 2
const LENGTH_BYTES = 4
const ID_BYTES = 8

/**
 * The next faces of an event after an id, in order, for loading all, by COPY in its binary form: a million take 2.5 CPU-s with packing,
 * as rows of text they take 6.9. Index: face (event_id, id).
 *
 * @throws Error when an embedding has not the dimensions of the model
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT
 */
export async function* copyFacesAfter(
  pool: pg.Pool,
  {
    eventId,
    model: { id: model, dimensions },
    after,
    limit,
  }: { eventId: number; model: FaceModel; after: number; limit: number },
): AsyncGenerator<Faces> {
  const client = await pool.connect()
  let isRead = false
  try {
    const where = `event_id = ${eventId} and model = ${client.escapeLiteral(model)} and id > ${after}`
    const faces = `select id, embedding from face where ${where} order by id limit ${limit}`
    yield* parseFaces(client.query(copyTo(`copy (${faces}) to stdout (format binary)`)), dimensions)
    isRead = true
  } finally {
    client.release(!isRead) // one that has more to say serves nobody else
  }
}

/** What COPY sends, in pieces of any length. Exported for its test. */
export async function* parseFaces(
  stream: AsyncIterable<Buffer>,
  dimensions: number,
): AsyncGenerator<Faces> {
  const vectorBytes = dimensions * Float32Array.BYTES_PER_ELEMENT
  const lengthAt = COUNT_BYTES + LENGTH_BYTES + ID_BYTES
  const rowBytes = lengthAt + LENGTH_BYTES + vectorBytes
  const embeddings = Buffer.alloc(FACES_AT_ONCE * vectorBytes)
  let ids: number[] = []
  const takeFaces = (): Faces => {
    const faces = { ids, vectors: fromBytes(embeddings.subarray(0, ids.length * vectorBytes)) }
    ids = []
    return faces
  }
  let rest: Buffer = Buffer.alloc(0)
  let at = HEAD_BYTES
  for await (const chunk of stream) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    for (; at + rowBytes <= bytes.length; at += rowBytes) {
      const length = bytes.readInt32BE(at + lengthAt)
      const id = Number(bytes.readBigInt64BE(at + COUNT_BYTES + LENGTH_BYTES))
      if (length !== vectorBytes)
        throw new Error(`the embedding of face ${id} has ${length} bytes instead of ${vectorBytes}`)
      bytes.copy(embeddings, ids.length * vectorBytes, at + rowBytes - vectorBytes, at + rowBytes)
      if (ids.push(id) === FACES_AT_ONCE) yield takeFaces()
    }
    rest = bytes.subarray(Math.min(at, bytes.length))
    at = Math.max(0, at - bytes.length)
  }
  if (ids.length > 0) yield takeFaces()
}
