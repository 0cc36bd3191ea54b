import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient, type Images } from './client.ts'
import { type DemoRace, makeDemoRace } from './demo-race.ts'
import { readMetrics } from './metrics.ts'
import { drawFlat, drawPhoto } from './pictures.ts'
import { makeFolder, removeFolder, type System, startSystem, trackside } from './system.ts'

const LIMIT = 240_000
const PHOTOS = 9
const MARK = { width: 400, height: 400 }

let folder: string
let system: System
let client: Client
let race: DemoRace
let eventId: number

beforeAll(async () => {
  folder = await makeFolder()
  const dataDir = join(folder, 'data')
  system = await startSystem(dataDir)
  client = createClient(system)
  race = await makeDemoRace(join(folder, 'race'), { photos: PHOTOS, seed: 3 })
  eventId = await client.createEvent({ event_name: 'Sunrise', timezone: 'Europe/Berlin' })
}, LIMIT)

afterAll(async () => {
  await system?.stop()
  await removeFolder(folder)
}, LIMIT)

test(
  'A folder of photos is imported and processed; importing it again stores nothing',
  async () => {
    const args = ['import', race.photosDir, '--event', String(eventId), '--json']
    const first = await trackside(system.dataDir, ...args)
    expect(first.code, first.stderr).toBe(0)
    expect(lastLine(first.stdout)).toEqual({ stored: PHOTOS, duplicates: 0, rejected: 0 })
    const { photos } = await client.waitIdle(eventId)
    expect(photos).toEqual({ total: PHOTOS, done: PHOTOS, failed: 0 })

    const second = await trackside(system.dataDir, ...args)
    expect(lastLine(second.stdout)).toEqual({ stored: 0, duplicates: PHOTOS, rejected: 0 })
    expect(await client.listPhotos(eventId)).toHaveLength(PHOTOS)
  },
  LIMIT,
)

test('Photos are listed by capture time, with their displayed size and both previews', async () => {
  const images = await client.listImages(eventId)
  const times = images.map(({ captured_at }) => captured_at ?? '')
  expect(times).toEqual([...times].sort())
  expect(new Set(images.map(({ image_id }) => image_id)).size).toBe(PHOTOS)
  const byId = new Map((await client.listPhotos(eventId)).map((photo) => [photo.image_id, photo]))
  for (const image of images) {
    const file = byId.get(image.image_id)?.file_name ?? ''
    const { autoOrient } = await sharp(join(race.photosDir, file)).metadata()
    expect([image.width, image.height]).toEqual([autoOrient.width, autoOrient.height])
    expect(image.original_url).toBeNull()
    expect(new URL(image.img_url).pathname).toBe(`/imgs/${eventId}/large/${image.image_id}.jpg`)
    expect(new URL(image.thumbnail_url).pathname).toBe(
      `/imgs/${eventId}/small/${image.image_id}.jpg`,
    )
  }
})

test('Pages of the list fit together', async () => {
  const all = (await client.listImages(eventId)).map(({ image_id }) => image_id)
  const pages = await Promise.all(
    [1, 2, 3].map((page) =>
      client.get<Images>(`ext:/event/${eventId}/images?page=${page}&page_size=4`),
    ),
  )
  expect(pages.flatMap(({ images }) => images.map(({ image_id }) => image_id))).toEqual(all)
  expect(pages.map(({ pagination }) => pagination)).toEqual(
    [1, 2, 3].map((page) => ({
      total: 9,
      currentPage: page,
      totalPages: 3,
      hasNextPage: page < 3,
      hasPreviousPage: page > 1,
      page_size: 4,
    })),
  )
})

test('A bib finds its photos, whatever its case, leading zeros and blanks', async () => {
  const bibs = [...new Set(race.truth.flatMap(({ bibs }) => bibs))]
  let found = 0
  let right = 0
  for (const bib of bibs) {
    const ids = await findByBib(bib)
    const truth = await idsWhere((photo) => photo.bibs.includes(bib))
    found += ids.length
    right += ids.filter((id) => truth.includes(id)).length
    for (const same of [`00${bib}`, ` ${bib} `, encodeURIComponent(`\t${bib}`)])
      expect(await findByBib(same)).toEqual(ids)
  }
  const shown = race.truth.reduce((sum, { bibs }) => sum + bibs.length, 0)
  expect(right / found).toBeGreaterThanOrEqual(0.9)
  expect(right / shown).toBeGreaterThanOrEqual(0.7)
  expect(await findByBib('99999')).toEqual([])
})

test(
  'A selfie finds the photos of its runner, before those of others',
  async () => {
    let found = 0
    let right = 0
    let shown = 0
    for (const [bib, selfie] of race.selfies) {
      const truth = await idsWhere((photo) => photo.bibs.includes(bib))
      const result = await client.searchSelfie(eventId, selfie)
      const ids = result.images.map(({ image_id }) => image_id)
      const best = ids.slice(0, truth.length)
      expect(best.sort(), `best matches of ${bib}`).toEqual(truth.sort())
      found += ids.length
      right += ids.filter((id) => truth.includes(id)).length
      shown += truth.length
      const again = await client.get<Images & { request_id: string }>(
        `ext:/event/${eventId}/faces/${result.request_id}`,
      )
      expect(again).toEqual(result)
    }
    expect(right / shown).toBe(1)
    expect(right / found).toBeGreaterThanOrEqual(0.95)
  },
  LIMIT,
)

test('Days and hours count every photo, and a window of time holds exactly its photos', async () => {
  const images = await client.listImages(eventId)
  type Days = { days: { date: string; total: number; hours: { hour: number; count: number }[] }[] }
  const { days } = await client.get<Days>(`ext:/event/${eventId}/timeline/days`)
  expect(days.map(({ date }) => date)).toEqual(['2025-06-15'])
  expect(days[0]?.total).toBe(PHOTOS)
  for (const { hour, count } of days[0]?.hours ?? []) {
    const from = Date.UTC(2025, 5, 15, hour) / 1000
    const inside = await findBetween(from, from + 3600)
    expect(inside).toHaveLength(count)
    expect(inside).toEqual(
      images
        .filter(({ captured_at }) => new Date(captured_at ?? 0).getUTCHours() === hour)
        .map(({ image_id }) => image_id),
    )
  }
  const second = Math.floor(Date.parse(images[4]?.captured_at ?? '') / 1000)
  expect(await findBetween(second, second + 1)).toContain(images[4]?.image_id)
  expect(await findBetween(second - 1, second)).not.toContain(images[4]?.image_id)
})

test('Previews need no key, have their sizes, hold no metadata and answer conditions and ranges', async () => {
  const [image] = await client.listImages(eventId)
  for (const [url, longest] of [
    [image?.img_url ?? '', 1000],
    [image?.thumbnail_url ?? '', 100],
  ] as const) {
    const whole = await fetch(url)
    expect(whole.status).toBe(200)
    expect(whole.headers.get('content-type')).toBe('image/jpeg')
    expect(whole.headers.get('cache-control')).toContain('s-maxage=3600')
    const bytes = Buffer.from(await whole.arrayBuffer())
    const { width, height, exif, xmp, iptc } = await sharp(bytes).metadata()
    expect(Math.max(width, height)).toBeGreaterThanOrEqual(longest)
    expect(width / height).toBeCloseTo((image?.width ?? 0) / (image?.height ?? 1), 1)
    expect({ exif, xmp, iptc }).toEqual({})

    const etag = whole.headers.get('etag') ?? ''
    const unchanged = await fetch(url, { headers: { 'If-None-Match': etag } })
    expect(unchanged.status).toBe(304)
    expect((await unchanged.arrayBuffer()).byteLength).toBe(0)
    const changed = await fetch(url, { headers: { 'If-None-Match': '"another"' } })
    expect(changed.status).toBe(200)
    const part = await fetch(url, { headers: { Range: 'bytes=100-199' } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes 100-199/${bytes.length}`)
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200))
    const end = await fetch(url, { headers: { Range: 'bytes=-10' } })
    expect(Buffer.from(await end.arrayBuffer())).toEqual(bytes.subarray(-10))
    const outside = await fetch(url, { headers: { Range: `bytes=${bytes.length}-` } })
    expect(outside.status).toBe(416)
    const head = await fetch(url, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(String(bytes.length))

    const unversioned = await fetch(url.split('?')[0] ?? '')
    expect(unversioned.headers.get('cache-control')).toBe('no-cache')
    expect(Buffer.from(await unversioned.arrayBuffer())).toEqual(bytes)
  }
  const missing = await fetch(`${client.url}/imgs/${eventId}/large/${crypto.randomUUID()}.jpg`)
  expect(missing.status).toBe(404)
})

test('Presigned originals are the bytes that were uploaded; changed by one character they are refused', async () => {
  const photos = await client.listPhotos(eventId)
  const bib = race.truth[0]?.bibs[0] ?? ''
  const byIds = await client.presign(eventId, {
    method: 'image_ids',
    identifier: [...photos.map(({ image_id }) => image_id), crypto.randomUUID()],
  })
  expect(byIds).toMatchObject({ successful_count: PHOTOS, failed_count: 1, identifier: null })
  for (const { url, filename } of byIds.presigned_urls) {
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toContain(filename)
    const sent = await readFile(join(race.photosDir, filename))
    expect(Buffer.from(await answer.arrayBuffer()).equals(sent), filename).toBe(true)
  }
  const one = await client.presign(eventId, { method: 'bib', identifier: bib })
  expect(one.presigned_urls).toHaveLength((await findByBib(bib)).length)

  const url = new URL(byIds.presigned_urls[0]?.url ?? '')
  const at = (text: string) => {
    const middle = Math.floor(text.length / 2)
    return text.slice(0, middle) + (text[middle] === '1' ? '2' : '1') + text.slice(middle + 1)
  }
  const changed = [new URL(url), ...[...url.searchParams.keys()].map(() => new URL(url))]
  changed[0]!.pathname = at(url.pathname)
  for (const [i, name] of [...url.searchParams.keys()].entries())
    changed[i + 1]!.searchParams.set(name, at(url.searchParams.get(name) ?? ''))
  expect(changed.length).toBeGreaterThan(2)
  for (const tampered of changed) expect((await fetch(tampered)).status, tampered.search).toBe(403)
})

test(
  'A new watermark changes the URL and the bytes of every preview, and nothing that was recognised',
  async () => {
    const before = await client.listImages(eventId)
    const bytesBefore = await Promise.all(before.map(({ img_url }) => bytesOf(img_url)))
    const evidence = await findEvidence()
    const mark = { type: 'image/png', body: await drawFlat('#ff0000', MARK).png().toBuffer() }
    expect(await client.putWatermark(eventId, mark)).toMatchObject({ status: 200 })
    await client.waitIdle(eventId)
    const after = await client.listImages(eventId)
    for (const [i, image] of after.entries()) {
      expect(image.image_id).toBe(before[i]?.image_id)
      expect(image.img_url).not.toBe(before[i]?.img_url)
      expect(image.thumbnail_url).not.toBe(before[i]?.thumbnail_url)
      const now = await bytesOf(image.img_url)
      expect(now.equals(bytesBefore[i]!)).toBe(false)
      const old = await fetch(before[i]?.img_url ?? '')
      expect(old.headers.get('cache-control')).toBe('no-cache')
      expect(Buffer.from(await old.arrayBuffer()).equals(now)).toBe(true)
    }
    expect(await findEvidence()).toEqual(evidence)
  },
  LIMIT,
)

test(
  'Landscape and portrait photos carry each their own mark, PNG or SVG',
  async () => {
    const own = await client.createEvent()
    const grey = '#808080'
    await client.upload(own, [
      ['wide.jpg', await drawFlat(grey, { width: 1200, height: 800 }).jpeg().toBuffer()],
      ['tall.jpg', await drawFlat(grey, { width: 800, height: 1200 }).jpeg().toBuffer()],
    ])
    const landscape = { type: 'image/png', body: await drawFlat('#ff0000', MARK).png().toBuffer() }
    await client.putWatermark(own, { ...landscape, orientation: 'landscape' })
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><rect width="400" height="400" fill="#0000ff"/></svg>`
    const portrait = { type: 'image/svg+xml', body: Buffer.from(svg) }
    await client.putWatermark(own, { ...portrait, orientation: 'portrait' })
    await client.waitIdle(own)
    const images = await client.listImages(own)
    expect(images).toHaveLength(2)
    for (const { img_url, width, height } of images) {
      const { channels } = await sharp(await bytesOf(img_url)).stats()
      const [red = 0, , blue = 0] = channels.map(({ mean }) => mean)
      if (width > height) expect(red - blue).toBeGreaterThan(2)
      else expect(blue - red).toBeGreaterThan(2)
    }

    for (const [type, art, code] of [
      ['image/png', Buffer.from('no picture'), 422],
      ['image/svg+xml', Buffer.from('<svg'), 422],
      ['image/jpeg', await drawPhoto(1), 415],
    ] as const)
      expect(await client.putWatermark(own, { body: art, type })).toMatchObject({ status: code })
  },
  LIMIT,
)

test(
  'A start list says which of its lines it cannot use and narrows the bibs that are shown',
  async () => {
    const own = await client.createEvent()
    const files = race.truth.slice(0, 4)
    const read = async ({ fileName }: { fileName: string }) =>
      [fileName, await readFile(join(race.photosDir, fileName))] as const
    await client.upload(own, await Promise.all(files.map(read)))
    await client.waitIdle(own)
    const [kept = ''] = files[0]?.bibs ?? []
    const shown = () => client.listPhotos(own).then((all) => all.flatMap(({ bibs }) => bibs))
    expect(new Set((await shown()).map(({ bib }) => bib)).size).toBeGreaterThan(1)

    const lines = ['Name;BIB', `Ann;${kept}`, 'Ben;', `Cem;0${kept}`, 'Dora;5555', '', 'Eve;#!']
    const csv = `\uFEFF${lines.join('\r\n')}\r\n`
    const result = await client.ask('PUT', `manage:/event/${own}/start-list`, {
      body: csv,
      type: 'text/csv',
    })
    expect(result).toEqual({
      participants: 2,
      rejected: [
        { line: 3, reason: expect.stringContaining('empty') },
        { line: 4, reason: expect.stringContaining('line 2') },
        { line: 7, reason: expect.any(String) },
      ],
    })
    await client.waitIdle(own)
    expect(new Set((await shown()).map(({ bib }) => bib))).toEqual(new Set([kept]))

    const noBib = { body: 'name\nAnn\n', type: 'text/csv' }
    expect(await client.call('PUT', `manage:/event/${own}/start-list`, noBib)).toMatchObject({
      status: 422,
      code: 'start_list_invalid',
    })
  },
  LIMIT,
)

test('A deleted photo is gone everywhere: lists, searches, previews, originals', async () => {
  const own = await client.createEvent()
  const [truth] = race.truth
  const bytes = await readFile(join(race.photosDir, truth?.fileName ?? ''))
  const [photo] = await client.upload(own, [['a.jpg', bytes]])
  await client.waitIdle(own)
  const [image] = await client.listImages(own)
  const selfie = race.selfies.get(truth?.bibs[0] ?? '') ?? Buffer.alloc(0)
  expect((await client.searchSelfie(own, selfie)).images).toHaveLength(1)
  const wanted = { method: 'image_id', identifier: photo?.image_id }
  const { presigned_urls } = await client.presign(own, wanted)

  await client.ask('DELETE', `manage:/event/${own}/photos/${photo?.image_id}`)
  expect(await client.listImages(own)).toEqual([])
  expect(await client.listPhotos(own)).toEqual([])
  const nothing = await client.get<Images>(`ext:/event/${own}/bibs/${truth?.bibs[0]}`)
  expect(nothing.pagination).toMatchObject({ total: 0, currentPage: 0, totalPages: 0 })
  await client.waitIdle(own)
  expect((await client.searchSelfie(own, selfie)).images).toEqual([])
  for (const url of [image?.img_url, image?.thumbnail_url, presigned_urls[0]?.url])
    expect((await fetch(url ?? '')).status).toBe(404)

  await client.ask('DELETE', `manage:/event/${own}`)
  expect(await client.call('GET', `ext:/event/${own}/details`)).toMatchObject({ status: 404 })
})

test(
  'Health, readiness and metrics are there for who watches',
  async () => {
    expect((await fetch(`${client.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${client.url}/readyz`)).status).toBe(200)
    // Workers report every five seconds.
    const prepared = /job="photos.prepare"/
    await expect
      .poll(async () =>
        (await readMetrics(client)).count('trackside_job_duration_seconds', prepared),
      )
      .toBeGreaterThanOrEqual(PHOTOS)
    const { count, value } = await readMetrics(client)
    expect(count('trackside_request_duration_seconds', /operation="searchByBib"/)).toBeGreaterThan(
      9,
    )
    expect(value('trackside_queue_depth{job="photos.prepare"}')).toBe(0)
    expect(value('trackside_photos{status="done"}')).toBeGreaterThanOrEqual(PHOTOS)
    expect(value('trackside_photos{status="failed"}') ?? 0).toBe(0)
    expect(value('trackside_face_index_bytes')).toBeGreaterThan(0)
  },
  LIMIT,
)

const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '') as unknown

const idsOf = ({ images }: Images) => images.map(({ image_id }) => image_id)

const findByBib = async (bib: string) =>
  idsOf(await client.get<Images>(`ext:/event/${eventId}/bibs/${bib}`))

const findBetween = async (from: number, to: number) =>
  idsOf(await client.get<Images>(`ext:/event/${eventId}/timeline/images?from=${from}&to=${to}`))

/** The ids of the photos that the truth says something of. */
async function idsWhere(isWanted: (photo: DemoRace['truth'][number]) => boolean) {
  const names = new Set(race.truth.filter(isWanted).map(({ fileName }) => fileName))
  const photos = await client.listPhotos(eventId)
  return photos.filter(({ file_name }) => names.has(file_name)).map(({ image_id }) => image_id)
}

const findEvidence = async () =>
  (await client.listPhotos(eventId)).map(({ image_id, bibs, faces }) => ({ image_id, bibs, faces }))

const bytesOf = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())
