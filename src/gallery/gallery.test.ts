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

let bibsToRead: string[] = []
const system = await startSystem({
  bibReader: async () =>
    bibsToRead.map((text, i) => ({
      text,
      fullText: text,
      kind: 'digits',
      score: 0.99,
      box: [10, 100 * i, 60, 30],
    })),
})
const { call, ok } = system
const GALLERY = '/api/v1/gallery'
const NOBODY = { key: null }

const get = (path: string) => call('GET', `${GALLERY}${path}`, NOBODY)
const read = async (path: string) => {
  const answer = await get(path)
  expect([path, answer.status]).toEqual([path, 200])
  return answer.body.data
}

let events = 0
async function addGallery(settings: object = {}) {
  const slug = `run-${++events}`
  const eventId = await addEvent(system, {
    event_slug: slug,
    timezone: 'Europe/Berlin',
    visibility: 'public',
    ...settings,
  })
  return { slug, eventId }
}

const at = (wallTime: string) => ({ DateTimeOriginal: wallTime })
const idsOf = ({ photos }: { photos: { id: string }[] }) => photos.map(({ id }) => id)

/** Adds a photo of a wall time of the camera, with bibs; its id. */
async function addPhoto(eventId: number, wallTime: string | undefined, ...bibs: string[]) {
  bibsToRead = bibs
  const bytes = await jpeg({ exif: wallTime ? at(wallTime) : {} })
  const [photo] = await upload(system, eventId, ['photo.jpg', bytes])
  return photo!.image_id
}

const { slug, eventId } = await addGallery({
  event_name: 'Two Days',
  event_date: '2026-06-06T09:00:00',
})
const photos = {
  saturday: await addPhoto(eventId, '2026:06:06 09:41:20', '1042'),
  later: await addPhoto(eventId, '2026:06:06 10:30:00', '1042', '2077'),
  sunday: await addPhoto(eventId, '2026:06:07 09:40:00', '2077'),
  untimed: await addPhoto(eventId, undefined),
}

test('only public, open events are listed, with photos and cover', async () => {
  const hidden = [
    await addGallery({ visibility: 'link' }),
    await addGallery({ status: 'draft' }),
    await addGallery({ event_enabled: false }),
    await addGallery({ status: 'archived' }),
  ]
  const { events } = await read('/events')
  const listed = events.map((event: { slug: string }) => event.slug)
  for (const event of hidden) expect(listed).not.toContain(event.slug)
  const ours = events.find((event: { slug: string }) => event.slug === slug)
  expect(ours).toEqual({
    slug,
    name: 'Two Days',
    date: '2026-06-06T09:00:00',
    photo_count: 4,
    cover_url: expect.stringContaining(photos.saturday),
  })
  expect((await call('GET', ours.cover_url, NOBODY)).status).toBe(200)
})

test('a gallery says what it offers', async () => {
  expect(await read(`/${slug}`)).toEqual({
    slug,
    name: 'Two Days',
    date: '2026-06-06T09:00:00',
    timezone: 'Europe/Berlin',
    access: 'open',
    photo_count: 4,
    searches: {
      bib: true,
      name: false,
      selfie: true,
      time: true,
      video: false,
      video_selfie: false,
    },
    downloads: true,
    selfie_days: 30,
    hide_by_selfie: true,
  })
})

test('drafts and unknown names are not there; archived and switched off are closed', async () => {
  const code = async (path: string) => {
    const { status, headers, body } = await get(path)
    expect(body.data).toBeNull()
    return [status, headers['x-error-code']]
  }
  const draft = await addGallery({ status: 'draft' })
  const archived = await addGallery({ status: 'archived' })
  const off = await addGallery({ event_enabled: false })
  for (const rest of ['', '/timeline', '/photos', '/search?q=1']) {
    expect(await code(`/nowhere${rest}`)).toEqual([404, 'gallery_not_found'])
    expect(await code(`/${draft.slug}${rest}`)).toEqual([404, 'gallery_not_found'])
    expect(await code(`/${archived.slug}${rest}`)).toEqual([410, 'gallery_closed'])
    expect(await code(`/${off.slug}${rest}`)).toEqual([410, 'gallery_closed'])
  }
})

test('photos come by time, those without one last, from any place of the list', async () => {
  const { total, photos: all } = await read(`/${slug}/photos`)
  expect(total).toBe(4)
  expect(idsOf({ photos: all })).toEqual(Object.values(photos))
  expect(all[0]).toEqual({
    id: photos.saturday,
    thumb_url: expect.stringMatching(/^\/imgs\/\d+\/small\//),
    preview_url: expect.stringMatching(/^\/imgs\/\d+\/large\//),
    width: 640,
    height: 480,
    captured_at: '2026-06-06T07:41:20.000Z',
    local_time: '2026-06-06T09:41:20',
    bibs: ['1042'],
  })
  expect([all[3].captured_at, all[3].local_time]).toEqual([null, null])
  expect(idsOf(await read(`/${slug}/photos?offset=1&limit=2`))).toEqual([
    photos.later,
    photos.sunday,
  ])
  expect(await read(`/${slug}/photos?offset=4`)).toEqual({ total: 4, photos: [] })
  for (const query of ['limit=301', 'limit=0', 'offset=-1', 'offset=x'])
    expect((await get(`/${slug}/photos?${query}`)).status).toBe(422)
})

test('the timeline has the minutes with photos', async () => {
  const minute = (iso: string) => Date.parse(iso) / 60_000
  expect(await read(`/${slug}/timeline`)).toEqual({
    total: 4,
    untimed: 1,
    minutes: [
      [minute('2026-06-06T07:41Z'), 1],
      [minute('2026-06-06T08:30Z'), 1],
      [minute('2026-06-07T07:40Z'), 1],
    ],
  })
})

test('one photo is found by its id, in its own gallery only', async () => {
  const other = await addGallery()
  expect((await read(`/${slug}/photos/${photos.later}`)).photo.id).toBe(photos.later)
  const foreign = await get(`/${other.slug}/photos/${photos.later}`)
  expect([foreign.status, foreign.headers['x-error-code']]).toEqual([404, 'photo_not_found'])
  expect((await get(`/${slug}/photos/nonsense`)).status).toBe(422)
})

const search = (text: string, more = '') =>
  read(`/${slug}/search?q=${encodeURIComponent(text)}${more}`)

test('a bib is understood however it is written', async () => {
  for (const text of ['1042', ' 01042 ', '#1042']) {
    const found = await search(text)
    expect(found.understood).toMatchObject({ kind: 'bib' })
    expect(idsOf(found)).toEqual([photos.saturday, photos.later])
  }
  const second = await search('1042', '&offset=1&limit=1')
  expect([second.total, ...idsOf(second)]).toEqual([2, photos.later])
  // Without a start list nobody knows which bibs there are.
  expect(await search('9999')).toMatchObject({ understood: { kind: 'bib', bib: '9999' }, total: 0 })
})

test('a time of day is matched on every day, in the zone of the event', async () => {
  const found = await search('9:41')
  expect(found.understood).toEqual({
    kind: 'time',
    local: '09:41',
    from: '2026-06-06T07:39:00.000Z',
    to: '2026-06-06T07:44:00.000Z',
  })
  expect(idsOf(found)).toEqual([photos.saturday, photos.sunday])
  expect(idsOf(await search('9:41', '&offset=1&limit=5'))).toEqual([photos.sunday])
  expect(idsOf(await search('9:00-11:00'))).toEqual([photos.saturday, photos.later, photos.sunday])
  expect(await search('23:00')).toMatchObject({ understood: { kind: 'time' }, total: 0 })
})

test('words are not understood while names are not allowed', async () => {
  for (const text of ['Ann', '???', '  '])
    expect((await search(text)).understood).toEqual({ kind: 'none', reason: 'not_understood' })
})

test('with a start list names find photos where the event allows it, and unknown bibs are told', async () => {
  const own = await addGallery({ name_search: true })
  const first = await addPhoto(own.eventId, '2026:06:06 09:00:00', '11')
  await addPhoto(own.eventId, '2026:06:06 09:01:00', '12')
  const csv = 'bib,name\n11,José Müller-Lüdenscheid\n12,Jose Smith\n13,Ann\nELITE,Zoe'
  await call('PUT', `${MANAGE}/event/${own.eventId}/start-list`, {
    body: Buffer.from(csv),
    type: 'text/csv',
  })
  await untilIdle(system, own.eventId)
  const find = (text: string) => read(`/${own.slug}/search?q=${encodeURIComponent(text)}`)
  expect((await find('jose')).understood).toEqual({
    kind: 'name',
    people: [
      { bib: '12', name: 'Jose Smith' },
      { bib: '11', name: 'José Müller-Lüdenscheid' },
    ],
  })
  expect((await find('jose')).total).toBe(2)
  for (const text of ['JOSE mull', 'lüden', 'Mu\u0308ller José'])
    expect(idsOf(await find(text))).toEqual([first])
  expect((await find('ose')).understood.kind).toBe('none')
  expect((await find('99')).understood).toEqual({ kind: 'none', reason: 'no_such_bib' })
  expect(await find('13')).toMatchObject({ understood: { kind: 'bib', bib: '13' }, total: 0 })
  expect(await find('elite')).toMatchObject({ understood: { kind: 'bib', bib: 'ELITE' } })
  await ok('PATCH', `${MANAGE}/event/${own.eventId}`, { json: { name_search: false } })
  expect((await find('jose')).understood).toEqual({ kind: 'none', reason: 'not_understood' })
})

test('what is switched off is said to be', async () => {
  const own = await addGallery({ bib_search: false, timeline_search: false })
  await addPhoto(own.eventId, '2026:06:06 09:00:00', '11')
  for (const text of ['11', '9:00'])
    expect((await read(`/${own.slug}/search?q=${text}`)).understood).toEqual({
      kind: 'none',
      reason: 'switched_off',
    })
  expect((await read(`/${own.slug}/photos`)).photos[0].bibs).toEqual([])
})

test('photos that are not done, and deleted ones, are not shown', async () => {
  const own = await addGallery()
  const kept = await addPhoto(own.eventId, '2026:06:06 09:00:00')
  const gone = await addPhoto(own.eventId, '2026:06:06 09:00:10')
  await call('POST', `${MANAGE}/event/${own.eventId}/photos`, {
    form: formOf(['broken.jpg', (await jpeg()).subarray(0, 300)]),
  })
  await untilIdle(system, own.eventId)
  await ok('DELETE', `${MANAGE}/event/${own.eventId}/photos/${gone}`)
  expect(idsOf(await read(`/${own.slug}/photos`))).toEqual([kept])
  expect((await get(`/${own.slug}/photos/${gone}`)).status).toBe(404)
})

test('no answer of the surface is kept by caches', async () => {
  for (const path of ['/events', `/${slug}`, `/${slug}/photos`, '/nowhere'])
    expect((await get(path)).headers['cache-control']).toBe('private, no-store')
})
