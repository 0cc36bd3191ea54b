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
import { newId } from '../lib/ids.ts'
import type { FoundFace } from './engine/found-face.ts'

/** A unit vector of 128 numbers at a given cosine to the first axis. */
function vectorAt(cosine: number, axis = 1): Float32Array {
  const vector = new Float32Array(128)
  vector[0] = cosine * 0.35
  vector[axis] = Math.sqrt(1 - cosine ** 2) * 0.35
  const rest = Math.sqrt(1 - vector[0] ** 2 - vector[axis] ** 2)
  // What all faces share is spread over many numbers, none beyond the reach of the index.
  for (let i = 64; i < 128; i++) vector[i] = rest / 8
  return vector
}
const face = (embedding: Float32Array, more: Partial<FoundFace> = {}): FoundFace => ({
  score: 0.9,
  quality: 0.9,
  box: [10, 10, 50, 50],
  landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  model: 'dlib-resnet-v1',
  embedding,
  ...more,
})

let faces: FoundFace[] = []
let selfie: Float32Array | undefined
let searches = 0
const system = await startSystem({
  faceFinder: async () => faces,
  selfieReader: async () => {
    searches += 1
    return selfie
  },
})
const { ok, call, context } = system
const me = vectorAt(1)
const stranger = vectorAt(-1, 5)

const search = (event: number, fields: Record<string, string> = {}, query = '') => {
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return call('POST', `${EXT}/event/${event}/faces${query}`, { form })
}
const idsOf = (answer: { body: { data: { images: { image_id: string }[] } } }) =>
  answer.body.data.images.map(({ image_id }) => image_id)

test('the photos of a face are found, the best match first, strangers not', async () => {
  const event = await addEvent(system)
  const add = async (embedding: Float32Array) => {
    faces = [face(embedding), face(stranger)]
    return (await upload(system, event, ['a.jpg', await jpeg()]))[0]?.image_id
  }
  const second = await add(vectorAt(0.8, 2))
  const first = await add(me)
  faces = [face(stranger)]
  await upload(system, event, ['b.jpg', await jpeg()])

  selfie = me
  const answer = await search(event)
  expect(answer.status).toBe(200)
  expect(answer.body.data.confidence_percentage).toBe(60)
  expect(idsOf(answer)).toEqual([first, second])
  expect(answer.body.data.images[0].confidence).toBeGreaterThan(99)
})

test('a stored search is given again and the new file ignored; two at once with one id search once', async () => {
  const event = await addEvent(system)
  faces = [face(me)]
  const [photo] = await upload(system, event, ['a.jpg', await jpeg()])
  selfie = me
  const request_id = newId()
  searches = 0
  const both = await Promise.all([search(event, { request_id }), search(event, { request_id })])
  expect(both.map(idsOf)).toEqual([[photo?.image_id], [photo?.image_id]])
  expect(searches).toBe(1)
  selfie = undefined
  expect(idsOf(await search(event, {}, `?request_id=${request_id}`))).toEqual([photo?.image_id])
  const stored = await ok('GET', `${EXT}/event/${event}/faces/${request_id}`)
  expect(stored).toMatchObject({ request_id, confidence_percentage: 60 })
})

test('a refused selfie leaves its request id unused', async () => {
  const event = await addEvent(system)
  const request_id = newId()
  selfie = undefined
  const refused = await search(event, { request_id })
  expect([refused.status, refused.headers['x-error-code']]).toEqual([400, 'selfie_without_face'])
  expect((await call('GET', `${EXT}/event/${event}/faces/${request_id}`)).status).toBe(404)
  selfie = me
  expect((await search(event, { request_id })).status).toBe(200)
})

test('new faces are found by the next search, deleted ones by none, though the index is loaded', async () => {
  const event = await addEvent(system)
  selfie = me
  expect(idsOf(await search(event))).toEqual([])
  faces = [face(me)]
  const [photo] = await upload(system, event, ['a.jpg', await jpeg()])
  expect(idsOf(await search(event))).toEqual([photo?.image_id])
  const before = await search(event)
  await ok('DELETE', `${MANAGE}/event/${event}/photos/${photo?.image_id}`)
  expect(idsOf(await search(event))).toEqual([])
  const stored = await ok('GET', `${EXT}/event/${event}/faces/${before.body.data.request_id}`)
  expect(stored.pagination.total).toBe(0)
})

test('a face committed late, behind one with a higher number, is not missed', async () => {
  const event = await addEvent(system)
  faces = []
  const [photo] = await upload(system, event, ['a.jpg', await jpeg()])
  selfie = me
  await search(event)
  const insert = `insert into face (event_id, photo_id, score, quality, box, landmarks, embedding, model)
                  values ($1, $2, 0.9, 0.9, '{1,1,9,9}', '{}', $3, 'dlib-resnet-v1')`
  const bytes = (vector: Float32Array) => Buffer.from(vector.buffer)
  const late = await context.pool.connect()
  await late.query('begin')
  await late.query(insert, [event, photo?.image_id, bytes(me)])
  await context.pool.query(insert, [event, photo?.image_id, bytes(stranger)])
  expect(idsOf(await search(event))).toEqual([])
  await late.query('commit')
  late.release()
  expect(idsOf(await search(event))).toEqual([photo?.image_id])
})

test('deleting an event frees its faces from memory within seconds', async () => {
  const event = await addEvent(system)
  faces = [face(me)]
  await upload(system, event, ['a.jpg', await jpeg()])
  selfie = me
  await search(event)
  const loaded = context.eventFaces.size
  await ok('DELETE', `${MANAGE}/event/${event}`)
  await expect.poll(() => context.eventFaces.size).toBe(loaded - 1)
})

test('a search of one event is unknown in another', async () => {
  const [event, other] = [await addEvent(system), await addEvent(system)]
  selfie = me
  const { body } = await search(event)
  const answer = await call('GET', `${EXT}/event/${other}/faces/${body.data.request_id}`)
  expect([answer.status, answer.headers['x-error-code']]).toEqual([404, 'request_not_found'])
})

test('the threshold of the event decides', async () => {
  const event = await addEvent(system, { confidence_percentage: 99.9 })
  faces = [face(vectorAt(0.62, 2))]
  await upload(system, event, ['a.jpg', await jpeg()])
  selfie = me
  expect(idsOf(await search(event))).toHaveLength(0)
  await ok('PATCH', `${MANAGE}/event/${event}`, { json: { confidence_percentage: 20 } })
  await untilIdle(system, event)
  expect(idsOf(await search(event))).toHaveLength(1)
})
