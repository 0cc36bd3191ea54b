import { expect, test } from 'vitest'
import {
  addEvent,
  formOf,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'
import { FACE_MODELS } from '../faces/engine/face-model.ts'
import { useModel } from '../faces/index.ts'
import { followUps } from '../pipeline.ts'

type Model = (typeof FACE_MODELS)[0]
const [BUILT_IN, OTHER, FUSED] = FACE_MODELS as [Model, Model, Model]

/** The one person of all pictures in the numbers of a model: what two models see is never alike, nor as long. */
function lookOf(id: string = BUILT_IN.id) {
  const { dimensions } = FACE_MODELS.find((model) => model.id === id)!
  const embedding = new Float32Array(dimensions)
  embedding[FACE_MODELS.findIndex((model) => model.id === id)] = 1
  return {
    score: 0.9,
    quality: 0.9,
    box: [10, 10, 50, 50] as const,
    landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    model: id,
    embedding,
  }
}

const system = await startSystem({
  faceFinder: async (_picture, _signal, model) => [lookOf(model)],
  selfieReader: async (_selfie, _signal, model) => lookOf(model).embedding,
})
const { call, ok, context } = system
const { reindex } = followUps(context.queue.enqueue)

async function use(model: Model, event?: number) {
  await useModel({ db: context.db, reindex }, model)
  if (event) await untilIdle(system, event, 60_000)
}
async function addGallery(slug: string) {
  const event = await addEvent(system, { event_slug: slug, visibility: 'public' })
  return { event, path: `/api/v1/gallery/${slug}` }
}
async function addPhoto(event: number): Promise<string> {
  const [photo] = await upload(system, event, ['a.jpg', await jpeg()])
  return photo!.image_id
}
async function take(path: string, result?: string) {
  const form = formOf(['me.jpg', await jpeg()])
  if (result) form.append('result', result)
  return (await ok('POST', `${path}/selfie`, { key: null, form })).token as string
}
/** The photos that a result shows to whom looks again after a while. */
async function look(path: string, token: string): Promise<string[]> {
  await context.pool.query(`update gallery_result set matched_at = now() - interval '1 hour'`)
  const { sure } = await ok('GET', `${path}/results/${token}`, { key: null })
  return sure.map(({ id }: { id: string }) => id).sort()
}

test('a result stays when its event changes to another face model, also for friends, and goes on with a new selfie', async () => {
  const { event, path } = await addGallery('stays')
  const found = [await addPhoto(event), await addPhoto(event)].sort()
  const token = await take(path)
  const shared = (await ok('POST', `${path}/results/${token}/share`, { key: null })).token
  await use(FUSED, event)
  expect(await look(path, token)).toEqual(found)
  expect(await look(path, shared)).toEqual(found)

  const later = await addPhoto(event)
  expect(await look(path, token)).toEqual(found)
  await ok('DELETE', `${MANAGE}/event/${event}/photos/${found[0]}`)
  expect(await look(path, token)).toEqual([found[1]])

  // What only the first selfie found stays beside what the second finds.
  await context.pool.query('delete from face where photo_id = $1', [found[1]])
  expect(await take(path, token)).toBe(token)
  expect(await look(path, token)).toEqual([found[1], later].sort())
  await use(BUILT_IN, event)
  expect(await look(path, token)).toHaveLength(2)
}, 120_000)

test('who is hidden leaves the results too that are of an earlier face model', async () => {
  await use(OTHER)
  const { event, path } = await addGallery('hidden')
  await addPhoto(event)
  const token = await take(path)
  expect(await look(path, token)).toHaveLength(1)
  await use(FUSED, event)
  expect(await look(path, token)).toHaveLength(1)
  const form = formOf(['me.jpg', await jpeg()])
  const asked = await call('POST', `${MANAGE}/event/${event}/hidings/by-selfie`, { form })
  expect([asked.status, asked.body.message]).toEqual([200, asked.body.message])
  await untilIdle(system, event, 60_000)
  expect(await look(path, token)).toEqual([])
}, 120_000)
