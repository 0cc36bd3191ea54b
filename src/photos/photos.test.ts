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

const system = await startSystem()
const { ok, call } = system

const photosOf = async (eventId: number) =>
  (await ok('GET', `${MANAGE}/event/${eventId}/photos?page_size=100`)).photos
const imagesOf = async (eventId: number) =>
  (await ok('GET', `${EXT}/event/${eventId}/images?page_size=100`)).images

test('a photo is stored once, prepared and listed; the same bytes again are a duplicate', async () => {
  const event = await addEvent(system)
  const bytes = await jpeg()
  const [first] = await upload(system, event, ['a.jpg', bytes])
  const [again] = await upload(system, event, ['b.jpg', bytes])

  expect(first).toMatchObject({ status: 'stored', file_name: 'a.jpg', error: null })
  expect(again).toMatchObject({ status: 'duplicate', image_id: first?.image_id })
  expect(await imagesOf(event)).toMatchObject([
    { image_id: first?.image_id, width: 640, height: 480 },
  ])
  expect(await ok('GET', `${MANAGE}/event/${event}/progress`)).toEqual({
    photos: { total: 1, done: 1, failed: 0 },
    videos: { total: 0, done: 0, failed: 0 },
    idle: true,
  })
})

test('files that are no photos are refused with the reason, listed as failed, and stop no other', async () => {
  const event = await addEvent(system)
  const good = await jpeg()
  const rows = await upload(
    system,
    event,
    ['empty.jpg', Buffer.alloc(0)],
    ['text.jpg', Buffer.from('this is not a picture at all')],
    ['good.jpg', good],
    ['cut.jpg', (await jpeg({ width: 2000, height: 2000 })).subarray(0, 4000)],
  )
  expect(rows.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'stored', 'stored'])
  expect(rows[0]?.error).toMatch(/empty/i)
  const listed = await photosOf(event)
  expect(
    listed.map((row: { file_name: string; status: string }) => [row.file_name, row.status]),
  ).toEqual([
    ['empty.jpg', 'failed'],
    ['text.jpg', 'failed'],
    ['good.jpg', 'done'],
    ['cut.jpg', 'failed'],
  ])
  expect(listed[3].error).toMatch(/truncated|ends early|damaged/i)
  expect(await imagesOf(event)).toHaveLength(1)
})

test('a file over the limit is refused alone; when all are, the answer is 413', async () => {
  const event = await addEvent(system)
  const huge = Buffer.concat([await jpeg(), Buffer.alloc(6_000_000)])
  const mixed = await ok('POST', `${MANAGE}/event/${event}/photos`, {
    form: formOf(['huge.jpg', huge], ['fine.jpg', await jpeg()]),
  })
  expect(mixed.photos).toMatchObject([{ status: 'rejected' }, { status: 'stored' }])
  const alone = await call('POST', `${MANAGE}/event/${event}/photos`, {
    form: formOf(['huge.jpg', huge]),
  })
  expect(alone.status).toBe(413)
  expect(alone.headers['x-error-code']).toBe('upload_too_large')
})

test('capture time follows the camera offset, else the zone of the event, and is derived again when the zone changes', async () => {
  const event = await addEvent(system, { timezone: 'Europe/Berlin' })
  const taken = { DateTimeOriginal: '2026:01:19 08:00:00', SubSecTimeOriginal: '250' }
  await upload(
    system,
    event,
    ['offset.jpg', await jpeg({ exif: { ...taken, OffsetTimeOriginal: '+05:30' } })],
    ['zone.jpg', await jpeg({ exif: taken })],
    ['none.jpg', await jpeg()],
    ['future.jpg', await jpeg({ exif: { DateTimeOriginal: '2099:01:01 00:00:00' } })],
  )
  const times = async () =>
    Object.fromEntries(
      (await photosOf(event)).map((row: { file_name: string; captured_at: string }) => [
        row.file_name,
        row.captured_at,
      ]),
    )
  expect(await times()).toEqual({
    'offset.jpg': '2026-01-19T02:30:00.250Z',
    'zone.jpg': '2026-01-19T07:00:00.250Z',
    'none.jpg': null,
    'future.jpg': null,
  })
  await ok('PATCH', `${MANAGE}/event/${event}`, { json: { timezone: 'America/New_York' } })
  await untilIdle(system, event)
  expect(await times()).toMatchObject({
    'offset.jpg': '2026-01-19T02:30:00.250Z',
    'zone.jpg': '2026-01-19T13:00:00.250Z',
  })
})

test('the cover of an event is its first timed photo, else the first that came', async () => {
  const event = await addEvent(system)
  const cover = async () => {
    const { events } = await ok('GET', `${EXT}/events?page_size=100`)
    return events.find((row: { event_id: number }) => row.event_id === event).cover_image as
      | string
      | null
  }
  const taken = (time: string) => jpeg({ exif: { DateTimeOriginal: `2026:01:19 ${time}` } })
  expect(await cover()).toBeNull()
  const [untimed] = await upload(system, event, ['untimed.jpg', await jpeg()])
  expect(await cover()).toContain(untimed?.image_id)
  const later = ['later.jpg', await taken('09:00:00')] as const
  const [, first] = await upload(system, event, [...later], ['first.jpg', await taken('08:00:00')])
  expect(await cover()).toContain(first?.image_id)
})

test("a corrected camera clock moves that camera's photos, those that come later too, and no others", async () => {
  const event = await addEvent(system)
  const at = (time: string) => ({
    DateTimeOriginal: `2026:01:19 ${time}`,
    OffsetTimeOriginal: '+00:00',
  })
  const slow = { ...at('08:00:00'), BodySerialNumber: '007' }
  await upload(
    system,
    event,
    ['slow.jpg', await jpeg({ exif: slow })],
    ['right.jpg', await jpeg({ exif: { ...at('08:00:00'), BodySerialNumber: '008' } })],
  )
  const path = `${MANAGE}/event/${event}/cameras`
  const { cameras } = await ok('GET', path)
  expect(cameras).toMatchObject([{ photos: 1, correction_seconds: 0 }, { photos: 1 }])
  await ok('PUT', path, { json: { camera: cameras[0].camera, correction_seconds: 420.5 } })
  await upload(system, event, ['later.jpg', await jpeg({ exif: slow })])
  const times = (await photosOf(event)).map((row: { captured_at: string }) => row.captured_at)
  expect(times).toEqual([
    '2026-01-19T08:07:00.500Z',
    '2026-01-19T08:00:00.000Z',
    '2026-01-19T08:07:00.500Z',
  ])
})

test('every page of the gallery, the window and the organiser list agrees with the whole', async () => {
  const event = await addEvent(system)
  const minutes = ['09:00:59', '09:00:00', '10:30:10', '09:59:59']
  const files: [string, Buffer][] = []
  for (const time of minutes)
    files.push([`${time}.jpg`, await jpeg({ exif: { DateTimeOriginal: `2026:01:19 ${time}` } })])
  files.push(['x.jpg', await jpeg()], ['y.jpg', await jpeg()])
  const rows = await upload(system, event, ...files)
  const id = (index: number) => rows[index]?.image_id
  const order = [id(1), id(0), id(3), id(2), id(4), id(5)]

  for (const size of [1, 2, 4, 100]) {
    const seen: string[] = []
    for (let page = 1; page <= Math.ceil(6 / size); page++) {
      const { images, pagination } = await ok(
        'GET',
        `${EXT}/event/${event}/images?page=${page}&page_size=${size}`,
      )
      expect(pagination).toMatchObject({
        total: 6,
        currentPage: page,
        totalPages: Math.ceil(6 / size),
      })
      seen.push(...images.map((image: { image_id: string }) => image.image_id))
    }
    expect(seen).toEqual(order)
  }
  const from = Date.parse('2026-01-19T09:00:30Z') / 1000
  const to = Date.parse('2026-01-19T10:30:10Z') / 1000
  const inWindow: string[] = []
  for (const page of [1, 2]) {
    const path = `${EXT}/event/${event}/timeline/images?from=${from}&to=${to}&page=${page}&page_size=1`
    const { images, pagination } = await ok('GET', path)
    expect(pagination.total).toBe(2)
    inWindow.push(images[0].image_id)
  }
  expect(inWindow).toEqual([id(0), id(3)])
  expect((await ok('GET', `${EXT}/event/${event}/timeline/days`)).days).toEqual([
    {
      date: '2026-01-19',
      total: 4,
      hours: [
        { hour: 9, count: 3 },
        { hour: 10, count: 1 },
      ],
    },
  ])
  const arrived = await ok('GET', `${MANAGE}/event/${event}/photos?page=2&page_size=4`)
  expect(arrived.photos.map((row: { image_id: string }) => row.image_id)).toEqual([id(4), id(5)])
})

test('a deleted photo is gone from lists, counts and the store', async () => {
  const event = await addEvent(system)
  const [kept, gone] = await upload(system, event, ['a.jpg', await jpeg()], ['b.jpg', await jpeg()])
  await ok('DELETE', `${MANAGE}/event/${event}/photos/${gone?.image_id}`)
  expect((await imagesOf(event)).map((image: { image_id: string }) => image.image_id)).toEqual([
    kept?.image_id,
  ])
  expect((await call('DELETE', `${MANAGE}/event/${event}/photos/${gone?.image_id}`)).status).toBe(
    404,
  )
  await untilIdle(system, event)
  const keys = await Array.fromAsync(system.context.store.list(`events/${event}`))
  expect(keys.some((key) => key.includes(gone?.image_id ?? '?'))).toBe(false)
  expect(keys.some((key) => key.includes(kept?.image_id ?? '?'))).toBe(true)
})

test('a deleted event is unknown at once and leaves no row and no object', async () => {
  const event = await addEvent(system, { event_slug: 'short-lived' })
  await upload(system, event, ['a.jpg', await jpeg()])
  await ok('DELETE', `${MANAGE}/event/${event}`)
  expect((await call('GET', `${EXT}/event/${event}/details`)).status).toBe(404)
  await addEvent(system, { event_slug: 'short-lived' })
  await expect
    .poll(
      () => system.context.db.selectFrom('event').select('id').where('id', '=', event).execute(),
      { timeout: 30_000 },
    )
    .toEqual([])
  expect(await Array.fromAsync(system.context.store.list(`events/${event}`))).toEqual([])
})
