import { to as copyTo } from 'pg-copy-streams'
import { expect, test } from 'vitest'
import { addEvent, jpeg, startSystem, upload } from '../../test/test-deps.ts'
import { copyFacesAfter, parseFaces } from './copy-faces.ts'
import { toBytes } from './embedding-bytes.ts'
import { FACE_MODEL } from './engine/face-model.ts'

const system = await startSystem({ faceFinder: async () => [] })
const { pool } = system.context
/** More than two batches, and not a multiple of one. */
const FACES = 4500

const read = async (where: { eventId: number; after?: number; limit?: number }) => {
  const ids: number[] = []
  const embeddings: Buffer[] = []
  const all = { after: 0, limit: 1_000_000, ...where }
  for await (const faces of copyFacesAfter(pool, { ...all, model: FACE_MODEL })) {
    ids.push(...faces.ids)
    embeddings.push(toBytes(faces.vectors))
  }
  return { ids, bytes: Buffer.concat(embeddings) }
}

/** An event with faces whose embeddings say which of them they are. */
async function eventWithFaces(count: number, model: string = FACE_MODEL.id) {
  const eventId = await addEvent(system)
  const [photo] = await upload(system, eventId, ['a.jpg', await jpeg()])
  const embeddings = Array.from({ length: count }, (_, n) =>
    toBytes(new Float32Array(FACE_MODEL.dimensions).fill(n / 7)),
  )
  await pool.query(
    `insert into face (event_id, photo_id, score, quality, box, landmarks, embedding, model)
     select $1, $2, 0.9, 0.9, '{1,2,3,4}', '{1,2,3,4,5,6,7,8,9,10}', embedding, $3
     from unnest($4::bytea[]) as embedding`,
    [eventId, photo!.image_id, model, embeddings],
  )
  return eventId
}

test('all faces of an event as one model sees them are told once, in order, as the database has them', async () => {
  const eventId = await eventWithFaces(FACES)
  await eventWithFaces(3)
  await pool.query(
    `insert into face (event_id, photo_id, score, quality, box, landmarks, embedding, model)
     select event_id, photo_id, score, quality, box, landmarks, embedding, 'another-model'
     from face where event_id = $1 limit 3`,
    [eventId],
  )
  const { rows } = await pool.query<{ id: string; embedding: Buffer }>(
    'select id, embedding from face where event_id = $1 and model = $2 order by id',
    [eventId, FACE_MODEL.id],
  )
  expect(rows).toHaveLength(FACES)
  const ids = rows.map(({ id }) => Number(id))

  const all = await read({ eventId })
  expect(all.ids).toEqual(ids)
  expect(all.bytes.equals(Buffer.concat(rows.map(({ embedding }) => embedding)))).toBe(true)
  const some = await read({ eventId, after: ids[9]!, limit: 2500 })
  expect(some.ids).toEqual(ids.slice(10, 2510))
  expect(await read({ eventId, after: ids.at(-1)! })).toEqual({ ids: [], bytes: Buffer.alloc(0) })
})

test('pieces may end anywhere', async () => {
  const eventId = await eventWithFaces(5)
  const client = await pool.connect()
  const sql = `copy (select id, embedding from face where event_id = ${eventId} order by id) to stdout (format binary)`
  const sent = Buffer.concat(await client.query(copyTo(sql)).toArray())
  client.release()
  const whole = await read({ eventId })
  async function* pieces(length: number) {
    for (let at = 0; at < sent.length; at += length) yield sent.subarray(at, at + length)
  }
  for (const length of [1, 18, 19, 20, 549, 4000]) {
    const batches = await Array.fromAsync(parseFaces(pieces(length), FACE_MODEL.dimensions))
    expect(batches).toHaveLength(1)
    expect(batches[0]!.ids).toEqual(whole.ids)
    expect(toBytes(batches[0]!.vectors).equals(whole.bytes)).toBe(true)
  }
})

test('an embedding of another length is told, and the connection is not used for anything else', async () => {
  const other = await eventWithFaces(1)
  const eventId = await eventWithFaces(FACES)
  await pool.query(
    `update face set embedding = '\\x00000000' where id = (select min(id) from face where event_id = $1)`,
    [eventId],
  )
  const connections = pool.totalCount
  await expect(read({ eventId })).rejects.toThrow(/face \d+ has 4 bytes instead of 512/)
  expect(pool.totalCount).toBe(connections - 1)
  expect((await read({ eventId: other })).ids).toHaveLength(1)
})
