import { rm } from 'node:fs/promises'
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
import { FACE_MODELS } from './engine/face-model.ts'
import { BUILT_IN, FUSED, modelUser } from './face-models.fixture.ts'

/** The one face that all pictures here show, in the numbers of a model: what two models see is never alike. */
function faceOf(modelId = BUILT_IN.id) {
  const { dimensions, id } = FACE_MODELS.find((model) => model.id === modelId)!
  const embedding = new Float32Array(dimensions).map(
    (_, i) => (i % 2 ? 1 : -1) / Math.sqrt(dimensions),
  )
  return {
    score: 0.9,
    quality: 0.9,
    box: [10, 10, 50, 50] as const,
    landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    model: id,
    embedding,
  }
}

/** Pictures of this width wait at the gate before the new model looks at them. */
const HELD = 700
let gate = Promise.withResolvers<void>()
let held = 0
const system = await startSystem({
  faceFinder: async ({ width }, _signal, model) => {
    if (model === FUSED.id && width === HELD) {
      held += 1
      await gate.promise
    }
    return [faceOf(model)]
  },
  selfieReader: async (_selfie, _signal, model) => faceOf(model).embedding,
})
const { call, ok, context } = system
const use = modelUser(system)

async function find(event: number): Promise<string[]> {
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  const { body } = await call('POST', `${EXT}/event/${event}/faces`, { form })
  return body.data.images.map((image: { image_id: string }) => image.image_id).sort()
}
async function modelsOf(event: number): Promise<string[]> {
  const { rows } = await context.pool.query('select distinct model from face where event_id = $1', [
    event,
  ])
  return rows.map(({ model }) => model).sort()
}

test('an event stays searchable while it is indexed anew, new photos included, then goes over whole', async () => {
  const event = await addEvent(system)
  const old = await upload(
    system,
    event,
    ['a.jpg', await jpeg()],
    ['b.jpg', await jpeg({ width: HELD })],
  )
  const ids = old.map(({ image_id }) => image_id).sort()
  expect(await use(FUSED)).toMatchObject([{ eventId: event, photos: 2, seen: 0 }])
  await expect.poll(() => held).toBe(1)
  expect(await find(event)).toEqual(ids)

  await ok('POST', `${MANAGE}/event/${event}/photos`, { form: formOf(['c.jpg', await jpeg()]) })
  await expect.poll(() => find(event)).toHaveLength(3)
  expect(await modelsOf(event)).toEqual([BUILT_IN.id, FUSED.id].sort())
  expect((await ok('GET', `${MANAGE}/event/${event}/progress`)).idle).toBe(false)

  gate.resolve()
  await untilIdle(system, event)
  expect(await modelsOf(event)).toEqual([FUSED.id])
  expect(await find(event)).toHaveLength(3)
  const { photos } = await ok('GET', `${MANAGE}/event/${event}/photos`)
  expect(photos).toHaveLength(3)
})

test('an event made after the change knows the new model only', async () => {
  const event = await addEvent(system)
  await upload(system, event, ['a.jpg', await jpeg()])
  expect(await modelsOf(event)).toEqual([FUSED.id])
  expect(await find(event)).toHaveLength(1)
})

test('going back on the way leaves the event as it was', async () => {
  const event = await addEvent(system)
  await upload(
    system,
    event,
    ['a.jpg', await jpeg()],
    ['b.jpg', await jpeg()],
    ['c.jpg', await jpeg({ width: HELD })],
  )
  await use(BUILT_IN)
  await untilIdle(system, event)
  expect(await modelsOf(event)).toEqual([BUILT_IN.id])

  gate = Promise.withResolvers<void>()
  held = 0
  await use(FUSED)
  await expect.poll(() => held).toBe(1)
  await use(BUILT_IN)
  gate.resolve()
  await untilIdle(system, event)
  expect(await modelsOf(event)).toEqual([BUILT_IN.id])
  expect(await find(event)).toHaveLength(3)
})

test('an event with a photo whose original is gone stays with its model and is found by it', async () => {
  const event = await addEvent(system)
  const [lost] = await upload(system, event, ['a.jpg', await jpeg()], ['b.jpg', await jpeg()])
  const { rows } = await context.pool.query('select original_key from photo where id = $1', [
    lost?.image_id,
  ])
  await rm(join(system.folder, 'objects', rows[0].original_key))
  await use(FUSED)
  const count = async (sql: string, ...values: unknown[]) =>
    (await context.pool.query(`select count(*)::int as n from ${sql}`, values)).rows[0].n
  const patience = { timeout: 30_000 }
  const seen = 'photo where event_id = $1 and $2 = any(face_models)'
  await expect.poll(() => count(seen, event, FUSED.id), patience).toBe(1)
  // It is tried again, in case the original comes back.
  const failed = `pgboss.job where name = 'faces.reindex' and (data->>'eventId')::int = $1 and state in ('retry', 'failed')`
  await expect.poll(() => count(failed, event), patience).toBe(1)
  expect(await find(event)).toHaveLength(2)
  expect(await modelsOf(event)).toContain(BUILT_IN.id)
})
