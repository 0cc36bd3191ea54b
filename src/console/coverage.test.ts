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
import type { BibReader } from '../bibs/index.ts'
import { AppError } from '../lib/errors.ts'

let reader: BibReader = async () => []
const system = await startSystem({ bibReader: (...args) => reader(...args) })
const { ok, call } = system
const reading =
  (text: string, score = 0.95): BibReader =>
  async () => [{ text, score, fullText: text, kind: 'digits', box: [10, 10, 80, 40] }]

const list = (event: number, csv: string, verb: 'PUT' | 'POST' = 'PUT') =>
  ok(verb, `${MANAGE}/event/${event}/start-list${verb === 'POST' ? '/preview' : ''}`, {
    body: Buffer.from(csv),
    type: 'text/csv',
  })

test('coverage says who has no photo yet, how far each camera is, and how many photos each took when', async () => {
  const event = await addEvent(system)
  await list(event, 'bib,name\n10,Ada\n9,Bo\n11,Cy\n')
  reader = reading('10')
  const exif = { DateTimeOriginal: '2026:05:01 09:00:30' }
  await upload(
    system,
    event,
    ['a.jpg', await jpeg({ exif })],
    ['b.jpg', await jpeg({ exif: { DateTimeOriginal: '2026:05:01 09:00:50' } })],
    ['c.jpg', await jpeg()],
  )
  const coverage = await ok('GET', `${MANAGE}/event/${event}/coverage`)
  expect(coverage).toMatchObject({
    entrants: { total: 3, with_photos: 1 },
    photos: { total: 3, done: 3, failed: 0, with_bib: 3, with_face: 0, untimed: 1 },
  })
  expect(coverage.cameras).toMatchObject([
    { camera: null, total: 3, stamped: 3, bibs_read: 3, faces_indexed: 3, done: 3 },
  ])
  const missing = await ok('GET', `${MANAGE}/event/${event}/coverage/missing`)
  expect(missing.entrants).toEqual([
    { bib: '9', name: 'Bo', category: null },
    { bib: '11', name: 'Cy', category: null },
  ])
  expect(missing.pagination.total).toBe(2)
  const path = `${MANAGE}/event/${event}/coverage/missing`
  const second = await ok('GET', `${path}?page=2&page_size=1`)
  expect([second.entrants[0].bib, second.pagination.total]).toEqual(['11', 2])
  const beyond = await ok('GET', `${path}?page=3&page_size=1`)
  expect([beyond.entrants, beyond.pagination.total]).toEqual([[], 2])
  expect(await ok('GET', `${MANAGE}/event/${event}/coverage/timeline`)).toEqual({
    bucket_seconds: 60,
    buckets: [{ start: '2026-05-01T09:00:00.000Z', camera: null, photos: 2 }],
  })
})

test('a preview of a start list says what it would do and changes nothing', async () => {
  const event = await addEvent(system)
  for (const [bib, score] of [
    ['500', 0.95],
    ['5', 0.95],
    ['77', 0.95],
  ] as const) {
    reader = reading(bib, score)
    await upload(system, event, ['a.jpg', await jpeg()])
  }
  const preview = await list(event, 'bib;name\n500;Ada\n5;Bo\n502;Cy\n500;Twice\n', 'POST')
  expect(preview).toMatchObject({
    participants: 3,
    rejected: [{ line: 5 }],
    first: [{ bib: '500', name: 'Ada' }, { bib: '5' }, { bib: '502' }],
    matched: 2,
    gained_total: 1,
    gained: [{ bib: '5', photos: 1 }],
    lost_total: 1,
    lost: [{ bib: '77', photos: 1 }],
  })
  expect((await ok('GET', `${MANAGE}/event/${event}/coverage`)).entrants.total).toBe(0)
})

test('failed photos are listed by themselves and tried again, one or all', async () => {
  const event = await addEvent(system)
  let isBroken = true
  reader = async () => {
    if (isBroken) throw new AppError({ code: 'photo_not_decodable', message: 'Broken.' })
    return []
  }
  const photos = await upload(
    system,
    event,
    ['a.jpg', await jpeg()],
    ['b.jpg', await jpeg()],
    ['c.txt', Buffer.from('no photo')],
  )
  const [first, , refused] = photos.map(({ image_id }) => image_id)
  const url = `${MANAGE}/event/${event}/photos`
  const failed = async () => (await ok('GET', `${url}?status=failed`)).pagination.total
  expect(await failed()).toBe(3)
  expect((await ok('GET', `${url}?status=failed&page=2&page_size=2`)).photos).toHaveLength(1)
  expect(refused).toBeNull()

  isBroken = false
  await ok('POST', `${url}/${first}/retry`)
  await untilIdle(system, event)
  expect(await failed()).toBe(2)
  const again = await call('POST', `${url}/${first}/retry`)
  expect([again.status, again.headers['x-error-code']]).toEqual([409, 'retry_not_possible'])
  expect(await ok('POST', `${url}/retry`)).toEqual({ retried: 1 })
  await untilIdle(system, event)
  const [left] = (await ok('GET', `${url}?status=failed`)).photos
  const kept = await call('POST', `${url}/${left.image_id}/retry`)
  expect([kept.status, kept.body.message]).toEqual([409, expect.stringContaining('send it again')])
})

test('a watermark is drawn over a real photo without being kept', async () => {
  const event = await addEvent(system)
  reader = async () => []
  const url = `${MANAGE}/event/${event}/watermark/preview`
  expect((await call('POST', url)).status).toBe(404)
  await ok('POST', `${MANAGE}/event/${event}/photos`, {
    form: formOf(
      ['wide.jpg', await jpeg({ width: 1600, height: 1000 })],
      ['tall.jpg', await jpeg({ width: 1000, height: 1600 })],
    ),
  })
  await untilIdle(system, event)
  const { default: sharp } = await import('sharp')
  const draw = async (query: string, art?: string) => {
    const answer = await call(
      'POST',
      url + query,
      art ? { body: Buffer.from(art), type: 'image/svg+xml' } : {},
    )
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/jpeg'])
    const { data, info } = await sharp(answer.bytes).raw().toBuffer({ resolveWithObject: true })
    const red = data.filter((_, i) => i % 3 === 0 && data[i]! > 200 && data[i + 1]! < 80).length
    return { width: info.width, height: info.height, red }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="150" height="200" fill="#f00"/></svg>`
  expect(await draw('?orientation=landscape')).toEqual({ width: 1280, height: 800, red: 0 })
  const marked = await draw('?orientation=portrait', svg)
  expect(marked).toMatchObject({ width: 800, height: 1280 })
  expect(marked.red).toBeGreaterThan(10_000)
  expect((await ok('GET', `${MANAGE}/event/${event}/watermark`)).art).toEqual([])
  const bad = await call('POST', url, { body: Buffer.from('<svg'), type: 'image/svg+xml' })
  expect([bad.status, bad.headers['x-error-code']]).toEqual([422, 'watermark_invalid'])
})
