import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  addEvent,
  EXT,
  formOf,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'
import { FACE_MODEL, useModel } from '../faces/index.ts'
import { followUps } from '../pipeline.ts'
import { enforceRetention } from './index.ts'
import { addPassing, countRows } from './video-rows.fixture.ts'

const FACE = Float32Array.from({ length: 128 }, () => 1 / Math.sqrt(128))
const DAY_MS = 24 * 3600 * 1000
let looks = 0
const system = await startSystem({
  faceFinder: async (_picture, _signal, model = FACE_MODEL.id) => {
    looks += 1
    return [
      {
        score: 0.9,
        quality: 0.9,
        box: [10, 10, 50, 50],
        landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        model,
        embedding: FACE,
      },
    ]
  },
  bibReader: async () => [
    { text: '4711', fullText: '4711', kind: 'digits', score: 0.99, box: [10, 100, 60, 30] },
  ],
  selfieReader: async () => FACE,
})
const { ok, call, context, folder } = system
const { reindex, enqueueVideoErase } = followUps(context.queue.enqueue)

const addPhoto = async (event: number) =>
  (await upload(system, event, ['a.jpg', await jpeg()]))[0]?.image_id
const search = (event: number, requestId?: string) => {
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  if (requestId) form.append('request_id', requestId)
  return call('POST', `${EXT}/event/${event}/faces`, { form })
}
const change = (event: number, settings: object) =>
  call('PATCH', `${MANAGE}/event/${event}`, { json: settings })
const BIOMETRIC = [
  'face',
  'face_search',
  'face_search_hit',
  'video_face',
  'video_match',
  'video_track',
]

test('an event without biometrics computes no face and says so to who searches by selfie', async () => {
  const event = await addEvent(system, { biometrics: 'none' })
  looks = 0
  const photo = await addPhoto(event)
  expect(looks).toBe(0)
  const refused = await search(event)
  expect([refused.status, refused.headers['x-error-code']]).toEqual([403, 'feature_disabled'])
  expect(refused.body.message).toMatch(/no faces.*bib/)
  const { images } = await ok('GET', `${EXT}/event/${event}/bibs/4711`)
  expect(images).toMatchObject([{ image_id: photo }])
  expect((await ok('GET', `${EXT}/event/${event}/details`)).selfie_search).toBe(false)
  const stored = await call('POST', `${EXT}/event/${event}/original-photos`, {
    json: { method: 'selfie', identifier: '018f0000-0000-7000-8000-000000000001' },
  })
  expect(stored.status).toBe(403)
})

test('switching faces off deletes what there is, also what hides people; switching them on looks again', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event)
  const { clipKey } = await addPassing(context, event, { face: FACE })
  expect((await search(event)).body.data.images).toHaveLength(1)
  const hiding = await ok('POST', `${MANAGE}/event/${event}/hidings/by-selfie`, {
    form: formOf(['them.jpg', Buffer.from('a picture')]),
  })
  await untilIdle(system, event)
  await addPassing(context, event, { face: FACE })
  expect((await change(event, { biometrics: 'none' })).status).toBe(200)
  await untilIdle(system, event)
  const counts = await countRows(context, event, [...BIOMETRIC, 'video', 'photo', 'photo_bib'])
  expect(counts).toEqual({
    ...Object.fromEntries(BIOMETRIC.map((table) => [table, 0])),
    video: 2,
    photo: 1,
    photo_bib: 1,
  })
  expect(await context.store.stat(clipKey)).toBeUndefined()
  expect(await readdir(join(folder, `objects/events/${event}/hidings`)).catch(() => [])).toEqual([])

  const refused = await change(event, { biometrics: 'faces' })
  expect([refused.status, refused.headers['x-error-code']]).toEqual([409, 'hidings_would_end'])
  await ok('DELETE', `${MANAGE}/event/${event}/hidings/${hiding.hiding_id}`)
  expect((await change(event, { biometrics: 'faces' })).status).toBe(200)
  await untilIdle(system, event)
  const { body } = await search(event)
  expect(body.data.images).toMatchObject([{ image_id: photo }])
})

test('another face model is not let loose on an event without biometrics', async () => {
  const event = await addEvent(system, { biometrics: 'none' })
  await addPhoto(event)
  looks = 0
  await useModel({ db: context.db, reindex }, { id: 'yunet-dlib-v1' })
  await untilIdle(system, event)
  const pins = await countRows(context, event, ['event_face_model', 'face'])
  await useModel({ db: context.db, reindex }, FACE_MODEL)
  await untilIdle(system, event)
  expect(pins).toEqual({ event_face_model: 0, face: 0 })
})

test('faces and searches go when their days are over, in their event alone', async () => {
  const kept = await addEvent(system, { retention_days_faces: 400 })
  const event = await addEvent(system, { retention_days_faces: 30, retention_days_searches: 7 })
  for (const one of [kept, event]) {
    await addPhoto(one)
    await search(one)
    await addPassing(context, one, { face: FACE, bib: '12' })
  }
  const run = (days: number) =>
    enforceRetention(
      { db: context.db, store: context.store, enqueueVideoErase },
      new Date(Date.now() + days * DAY_MS),
    )
  const tables = [...BIOMETRIC, 'video_search', 'video_clip', 'video_bib_read']
  const before = await countRows(context, event, tables)
  expect(Object.values(before)).toEqual(tables.map(() => 1))
  await run(6)
  expect(await countRows(context, event, tables)).toEqual(before)
  await run(8)
  const searchesGone = {
    face_search: 0,
    face_search_hit: 0,
    video_match: 0,
    video_search: 0,
    video_clip: 0,
  }
  expect(await countRows(context, event, tables)).toEqual({ ...before, ...searchesGone })
  await run(31)
  const facesGone = { face: 0, video_face: 0 }
  expect(await countRows(context, event, tables)).toEqual({
    ...before,
    ...searchesGone,
    ...facesGone,
  })
  expect(await countRows(context, kept, tables)).toEqual(before)
  expect((await search(event)).body.data.images).toEqual([])
})

test('a photo whose faces are too old gets none when it is processed again', async () => {
  const event = await addEvent(system)
  await addPhoto(event)
  for (const table of ['face', 'bib_read', 'photo_bib', 'photo_review'])
    await context.pool.query(`delete from ${table} where event_id = $1`, [event])
  // The photo arrived in 2024, by its id.
  await context.pool.query(
    `update photo set id = ('018f' || right(id::text, 32))::uuid, face_models = '{}' where event_id = $1`,
    [event],
  )
  await change(event, { retention_days_faces: 100 })
  looks = 0
  await context.db.transaction().execute((tx) => reindex(tx, event, FACE_MODEL.id))
  await untilIdle(system, event)
  expect(await countRows(context, event, ['face'])).toEqual({ face: 0 })
  expect(looks).toBe(0)
})

test('a wish to be hidden that nobody confirms ends after thirty days', async () => {
  const event = await addEvent(system)
  const { hiding_id: id } = await ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, {
    json: { bib: '1' },
  })
  await context.pool.query('update hiding set confirmed_at = null where id = $1', [id])
  const run = (days: number) =>
    enforceRetention(
      { db: context.db, store: context.store, enqueueVideoErase },
      new Date(Date.now() + days * DAY_MS),
    )
  await run(29)
  expect(await countRows(context, event, ['hiding'])).toEqual({ hiding: 1 })
  await run(31)
  expect(await countRows(context, event, ['hiding'])).toEqual({ hiding: 0 })
})
