import { rm } from 'node:fs/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, startSystem, upload } from '../../test/test-deps.ts'
import { FACE_MODEL } from './engine/face-model.ts'
import type { FoundFace } from './engine/found-face.ts'
import { type EventFaces, openEventFaces } from './event-faces.ts'
import { eraseOutdatedFaceFiles, readFaceFile, writeFaceFile } from './face-files.ts'
import { makeClusters, rowOf } from './index/vectors.fixture.ts'
import { deleteOldRemovals } from './queries.ts'

const vectors = makeClusters(64, FACE_MODEL.dimensions)
/** The nth face; 16 that follow each other are one person. */
const vector = (n: number) => rowOf(vectors, n, FACE_MODEL.dimensions)
const faceOf = (embedding: Float32Array): FoundFace => ({
  score: 0.9,
  quality: 0.9,
  box: [10, 10, 50, 50],
  landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  model: FACE_MODEL.id,
  embedding,
})

let faces: FoundFace[] = []
const system = await startSystem({ faceFinder: async () => faces })
const { db, pool, store } = system.context

/** Another server: it has nothing in memory, and counts how often it opens a file. */
function openServer() {
  const opened: string[] = []
  const counting = {
    ...store,
    open: (key: string) => {
      opened.push(key)
      return store.open(key)
    },
  }
  const server = openEventFaces(
    { db, pool, store: counting },
    { maxBytes: 64 * 2 ** 20, leastInFile: 4 },
  )
  return { server, opened }
}
const search = async (server: EventFaces, eventId: number, n: number) =>
  (await server.search({ eventId, model: FACE_MODEL, embedding: vector(n), minCosine: 0.95 }))
    .length
const filesOf = async (eventId: number) => {
  const keys: string[] = []
  for await (const key of store.list(`events/${eventId}/faces`)) keys.push(key)
  return keys
}
const rowsOf = (eventId: number) =>
  db.selectFrom('faceFile').selectAll().where('eventId', '=', eventId).execute()

/** An event whose four photos show faces 0 to 3, and its file. */
async function eventWithFile() {
  const eventId = await addEvent(system)
  const photos: string[] = []
  for (let n = 0; n < 4; n++) photos.push(await addPhoto(eventId, n))
  const { server } = openServer()
  expect(await search(server, eventId, 0)).toBe(1)
  await server.sweep()
  expect(await filesOf(eventId)).toHaveLength(1)
  return { eventId, photos, server }
}
async function addPhoto(eventId: number, n: number): Promise<string> {
  faces = [faceOf(vector(n))]
  const [photo] = await upload(system, eventId, ['a.jpg', await jpeg()])
  return photo!.image_id
}

test('a server loads an event from the file that another wrote, and what came and went since', async () => {
  const { eventId, photos } = await eventWithFile()
  await addPhoto(eventId, 20)
  // As when a photo is read anew: its face goes, and the file stays.
  await db
    .deleteFrom('face')
    .where('eventId', '=', eventId)
    .where('photoId', '=', photos[1]!)
    .execute()

  const { server, opened } = openServer()
  expect(await search(server, eventId, 0)).toBe(1)
  expect(opened).toEqual(await filesOf(eventId))
  expect(await search(server, eventId, 20)).toBe(1)
  expect(await search(server, eventId, 1)).toBe(0)
})

test('deleting a photo erases the file that holds its face, and the next one is without it', async () => {
  const { eventId, photos, server } = await eventWithFile()
  await addPhoto(eventId, 20)
  const before = await filesOf(eventId)
  await system.ok('DELETE', `${MANAGE}/event/${eventId}/photos/${photos[0]}`)
  await untilEmpty(() => filesOf(eventId))
  expect(await rowsOf(eventId)).toEqual([])
  await server.sweep() // too soon after the last
  expect(await filesOf(eventId)).toEqual([])

  const another = openServer().server
  expect(await search(another, eventId, 0)).toBe(0)
  await another.sweep()
  const after = await filesOf(eventId)
  expect(after).toHaveLength(1)
  expect(after).not.toEqual(before)
  const third = openServer()
  expect(await search(third.server, eventId, 0)).toBe(0)
  expect(await search(third.server, eventId, 1)).toBe(1)
  expect(third.opened).toEqual(after)
})

test('a file that is damaged or lost is made anew from the database', async () => {
  const { eventId } = await eventWithFile()
  const [key] = (await filesOf(eventId)) as [string]
  const bytes = (await store.read(key))!
  bytes[bytes.length - 100]! ^= 1
  await store.put(key, bytes)

  const { server } = openServer()
  expect(await search(server, eventId, 2)).toBe(1)
  expect(await filesOf(eventId)).toEqual([])
  await server.sweep()
  const [second] = (await filesOf(eventId)) as [string]
  expect(second).not.toBe(key)

  await rm(store.locate(second))
  const third = openServer()
  expect(await search(third.server, eventId, 2)).toBe(1)
  expect(third.opened).toEqual([second])
})

test('a file of another history of the database is not loaded', async () => {
  const { eventId } = await eventWithFile()
  await db
    .updateTable('faceFile')
    .set({ cluster: 'another' })
    .where('eventId', '=', eventId)
    .execute()
  const { server, opened } = openServer()
  expect(await search(server, eventId, 0)).toBe(1)
  expect(opened).toEqual([])
  await eraseOutdatedFaceFiles({ db, store })
  expect(await filesOf(eventId)).toEqual([])
})

test('a removal is told as long as a file needs it, and a file that needs an old one is erased', async () => {
  const { eventId, photos } = await eventWithFile()
  const old = sql<Date>`now() - interval '2 days'`
  await db
    .deleteFrom('face')
    .where('eventId', '=', eventId)
    .where('photoId', '=', photos[1]!)
    .execute()
  await db.updateTable('faceRemoval').set({ removedAt: old }).execute()
  const removals = () =>
    db.selectFrom('faceRemoval').selectAll().where('eventId', '=', eventId).execute()

  await deleteOldRemovals(db)
  expect(await removals()).toHaveLength(1)
  await eraseOutdatedFaceFiles({ db, store })
  expect(await filesOf(eventId)).toEqual([])
  await deleteOldRemovals(db)
  expect(await removals()).toEqual([])
})

test('deleting an event erases its file, and a server that has it in memory writes no other', async () => {
  const { eventId, server } = await eventWithFile()
  await addPhoto(eventId, 20)
  const late = openServer().server
  expect(await search(late, eventId, 0)).toBe(1)
  await system.ok('DELETE', `${MANAGE}/event/${eventId}`)
  await untilEmpty(() => filesOf(eventId))
  await late.sweep()
  await server.sweep()
  expect(await filesOf(eventId)).toEqual([])
})

test('a file that is being written when a face or the event is deleted is not kept', async () => {
  const { eventId, photos } = await eventWithFile()
  const before = await filesOf(eventId)
  const { index, horizon } = (await readFaceFile({ db, store }, { eventId, model: FACE_MODEL }))!
  const write = () => writeFaceFile({ db, store }, { eventId, model: FACE_MODEL, index, horizon })
  await db
    .deleteFrom('face')
    .where('eventId', '=', eventId)
    .where('photoId', '=', photos[1]!)
    .execute()
  expect(await write()).toBe(false)
  expect(await filesOf(eventId)).toEqual(before)

  await db.deleteFrom('faceRemoval').execute()
  expect(await write()).toBe(true)
  expect(await filesOf(eventId)).toHaveLength(1)
  await db.updateTable('event').set({ deletedAt: new Date() }).where('id', '=', eventId).execute()
  const kept = await filesOf(eventId)
  expect(await write()).toBe(false)
  expect(await filesOf(eventId)).toEqual(kept)
})

test('a role that is no superuser may ask which history the database has', async () => {
  const history = await db.transaction().execute(async (tx) => {
    await sql`create role plain_reader`.execute(tx)
    await sql`set local role plain_reader`.execute(tx)
    const { rows } = await sql<{ history: string }>`select database_history() as history`.execute(
      tx,
    )
    await sql`reset role`.execute(tx)
    await sql`drop role plain_reader`.execute(tx)
    return rows[0]?.history
  })
  expect(history).toMatch(/^\d+\/\d+$/)
})

async function untilEmpty(list: () => Promise<unknown[]>): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if ((await list()).length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('not erased within 20 seconds')
}
