import { expect, test } from 'vitest'
import {
  addEvent,
  EXT,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'
import { followUps } from '../pipeline.ts'
import type { BibRead } from './engine/bib-read.ts'
import { trustOf } from './trust.ts'

const HERE = [100, 100, 80, 40] as const
const THERE = [400, 100, 80, 40] as const
const read = (text: string, score: number, box: BibRead['box'] = HERE): BibRead => ({
  text,
  score,
  fullText: text,
  kind: 'digits',
  box,
})
let reads: BibRead[] = []
const system = await startSystem({ bibReader: async () => reads })
const { ok, call, context } = system

async function addPhoto(eventId: number, ...found: BibRead[]): Promise<string> {
  reads = found
  const [photo] = await upload(system, eventId, ['a.jpg', await jpeg()])
  return photo!.image_id
}
const found = async (eventId: number, bib: string) =>
  (await ok('GET', `${EXT}/event/${eventId}/bibs/${bib}`)).pagination.total
const say = (eventId: number, photoId: string, bib: string, verdict: string) =>
  ok('PUT', `${MANAGE}/event/${eventId}/photos/${photoId}/bibs/${bib}`, { json: { verdict } })
const reviewOf = async (eventId: number) =>
  (await ok('GET', `${MANAGE}/event/${eventId}/review`)).photos as {
    image_id: string
    candidates: { bib: string; shown: boolean; doubtful: boolean; verdict: string | null }[]
  }[]

test('a confirmed bib is shown with score 1, a rejected one never, an added one too', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event, read('1042', 0.93), read('777', 0.5, THERE))
  await say(event, photo, '777', 'confirmed')
  await say(event, photo, '1042', 'rejected')
  await say(event, photo, '08', 'confirmed')
  const [row] = (await ok('GET', `${MANAGE}/event/${event}/photos`)).photos
  expect(row.bibs).toEqual([
    { bib: '777', score: 1, box: [...THERE] },
    { bib: '08', score: 1, box: [] },
  ])
  expect([await found(event, '777'), await found(event, '1042'), await found(event, '8')]).toEqual([
    1, 0, 1,
  ])
})

test('what a person said holds when the photo is read again and when another start list comes', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event, read('1042', 0.93), read('555', 0.95, THERE))
  await say(event, photo, '1042', 'rejected')
  await say(event, photo, '31', 'confirmed')

  reads = [read('1042', 0.99), read('555', 0.95, THERE)]
  await context.db
    .transaction()
    .execute((tx) =>
      followUps(context.queue.enqueue).enqueuePrepare(tx, { eventId: event, photoId: photo }),
    )
  await untilIdle(system, event)
  const shown = () => Promise.all(['1042', '555', '31'].map((bib) => found(event, bib)))
  expect(await shown()).toEqual([0, 1, 1])

  await ok('PUT', `${MANAGE}/event/${event}/start-list`, {
    body: Buffer.from('bib\n1042\n'),
    type: 'text/csv',
  })
  await untilIdle(system, event)
  expect(await shown()).toEqual([0, 0, 1])
})

test('what was taken back is decided by the reads again', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event, read('1042', 0.93))
  await say(event, photo, '1042', 'rejected')
  expect(await found(event, '1042')).toBe(0)
  const after = await ok('DELETE', `${MANAGE}/event/${event}/photos/${photo}/bibs/1042`)
  expect(after.candidates).toMatchObject([
    { bib: '1042', score: trustOf(0.93), shown: true, verdict: null },
  ])
  expect(await found(event, '1042')).toBe(1)
})

test('the review list has the doubtful photos, the most useful first, until they are reviewed', async () => {
  const event = await addEvent(system)
  await addPhoto(event, read('1042', 0.999))
  const weak = await addPhoto(event, read('1043', 0.53))
  const shown = await addPhoto(event, read('1044', 0.7), read('1045', 0.999, THERE))
  const list = await reviewOf(event)
  expect(list.map(({ image_id }) => image_id)).toEqual([shown, weak])
  expect(list[0]!.candidates).toMatchObject([
    { bib: '1044', shown: true, doubtful: true },
    { bib: '1045', shown: true, doubtful: false },
  ])
  expect(list[1]!.candidates).toMatchObject([{ bib: '1043', shown: false, doubtful: true }])

  await ok('POST', `${MANAGE}/event/${event}/photos/${weak}/review`, {
    json: { corrections: [{ bib: '1043', verdict: 'confirmed' }] },
  })
  expect((await reviewOf(event)).map(({ image_id }) => image_id)).toEqual([shown])
  expect(await found(event, '1043')).toBe(1)

  // A new list chooses again; who was looked at stays looked at.
  await ok('PUT', `${MANAGE}/event/${event}/start-list`, {
    body: Buffer.from('bib,name\n1042,Ada\n1044,Bo\n1045,Cy\n'),
    type: 'text/csv',
  })
  await untilIdle(system, event)
  const [only, ...others] = await reviewOf(event)
  expect(others).toEqual([])
  expect(only).toMatchObject({
    image_id: shown,
    candidates: [{ bib: '1044', entrant: { name: 'Bo', category: null } }, { bib: '1045' }],
  })
})

test('what may be the first photo of somebody on the start list is asked first, and asking can be undone', async () => {
  const event = await addEvent(system)
  await ok('PUT', `${MANAGE}/event/${event}/start-list`, {
    body: Buffer.from('bib\n200\n201\n'),
    type: 'text/csv',
  })
  await addPhoto(event, read('200', 0.999))
  const again = await addPhoto(event, read('200', 0.54))
  const first = await addPhoto(event, read('201', 0.5))
  const ids = async () => (await reviewOf(event)).map(({ image_id }) => image_id)
  expect(await ids()).toEqual([first, again])
  const review = `${MANAGE}/event/${event}/photos/${first}/review`
  await ok('POST', review, { json: { corrections: [] } })
  expect(await ids()).toEqual([again])
  await ok('DELETE', review)
  expect(await ids()).toEqual([first, again])
})

test('corrections of photos that are not there, and of what is no bib, are refused', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event)
  const put = (photoId: string, bib: string) =>
    call('PUT', `${MANAGE}/event/${event}/photos/${photoId}/bibs/${encodeURIComponent(bib)}`, {
      json: { verdict: 'confirmed' },
    })
  expect((await put('nonsense', '1')).headers['x-error-code']).toBe('photo_not_found')
  expect((await put(photo, '<b>')).status).toBe(422)
  const other = await addEvent(system)
  const elsewhere = `${MANAGE}/event/${other}/photos/${photo}/bibs/1`
  expect((await call('PUT', elsewhere, { json: { verdict: 'confirmed' } })).status).toBe(404)
})
