import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient } from './client.ts'
import { type DemoRace, makeDemoRace } from './demo-race.ts'
import { makeFolder, removeFolder, type System, startSystem } from './system.ts'

const run = promisify(execFile)
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
const LIMIT = 240_000
const PHOTOS = 3

type Photo = {
  id: string
  thumb_url: string
  preview_url: string
  local_time: string | null
  bibs: string[]
}
type Photos = { total: number; photos: Photo[] }
type Result = { token: string; sure: Photo[]; maybe: Photo[]; role: string }
type Clips = {
  request_id: string
  status: string
  clips: { clip_url: string; poster_url: string; duration: number }[]
}

let folder: string
let system: System
let client: Client
let race: DemoRace
let eventId: number
/** The cookies of the participant's browser. */
let cookie = ''

beforeAll(async () => {
  folder = await makeFolder()
  system = await startSystem(join(folder, 'data'))
  client = createClient(system)
  race = await makeDemoRace(join(folder, 'race'), { photos: PHOTOS, seed: 3 })
  eventId = await client.createEvent({
    event_name: 'Sunrise',
    event_slug: 'sunrise',
    timezone: 'Europe/Berlin',
    visibility: 'password',
    gallery_password: 'Ziel-2026',
    name_search: true,
    video_search: true,
    video_selfie_search: true,
  })
  const names = race.truth.map(({ fileName }) => fileName)
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(race.photosDir, name))] as const),
  )
  await client.upload(eventId, files)
  if (hasFfmpeg) await addFootage()
  await client.waitIdle(eventId)
}, LIMIT)

afterAll(async () => {
  await system?.stop()
  await removeFolder(folder)
}, LIMIT)

/** Somebody of whom there is a selfie, with the photos that show the bib. */
const somebody = () => {
  const bib = [...race.selfies.keys()].find((bib) =>
    race.truth.some(({ bibs }) => bibs.includes(bib)),
  )!
  return { bib, selfie: race.selfies.get(bib)! }
}

/** Three seconds in which somebody stands before a camera. */
async function addFootage() {
  const still = join(folder, 'still.png')
  const face = await sharp(somebody().selfie).resize(300, 300).toBuffer()
  await sharp({ create: { width: 640, height: 480, channels: 3, background: '#6b7f63' } })
    .composite([{ input: face, left: 170, top: 90 }])
    .png()
    .toFile(still)
  const video = join(folder, 'finish.mp4')
  const input = [
    '-v',
    'error',
    '-loop',
    '1',
    '-t',
    '3',
    '-i',
    still,
    '-vf',
    'fps=25,format=yuv420p',
  ]
  await run('ffmpeg', [...input, '-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', video])
  const form = new FormData()
  form.append('recorded_at', '2026-06-14T08:00:00Z')
  form.append('file', new Blob([Uint8Array.from(await readFile(video))]), 'finish.mp4')
  await client.ask('POST', `manage:/event/${eventId}/videos`, { body: form })
}

const PATH = '/api/v1/gallery/sunrise'
async function browse(method: string, path: string, body?: object | FormData) {
  const isForm = body instanceof FormData
  const answer = await fetch(client.url + (path.startsWith('/api') ? path : PATH + path), {
    method,
    redirect: 'manual',
    headers: {
      cookie,
      origin: client.url,
      ...(body && !isForm && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : isForm ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  })
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
  return answer
}
async function ask<T>(method: string, path: string, body?: object | FormData): Promise<T> {
  const answer = await browse(method, path, body)
  const { message, data } = await answer.json()
  expect([path, answer.status, message]).toEqual([path, 200, message])
  return data
}

test('The gallery is closed without its password, and not listed', async () => {
  const { events } = await ask<{ events: unknown[] }>('GET', '/api/v1/gallery/events')
  expect(events).toEqual([])
  expect(await ask('GET', '')).toMatchObject({ access: 'password', photo_count: 0 })
  expect((await browse('GET', '/photos')).status).toBe(403)
  expect((await browse('POST', '/unlock', { password: 'ziel-2026' })).status).toBe(403)
  expect(await ask('POST', '/unlock', { password: 'Ziel-2026' })).toMatchObject({
    access: 'open',
    photo_count: PHOTOS,
    searches: { bib: true, name: true, selfie: true, time: true, video: hasFfmpeg },
  })
})

test('Photos are listed by time with previews, and found by bib and by time of day', async () => {
  const { total, photos } = await ask<Photos>('GET', '/photos')
  expect(total).toBe(PHOTOS)
  const times = photos.map(({ local_time }) => local_time ?? '')
  expect(times).toEqual(times.toSorted())
  for (const url of [photos[0]!.thumb_url, photos[0]!.preview_url])
    expect((await fetch(client.url + url)).headers.get('content-type')).toBe('image/jpeg')
  const { bib } = somebody()
  const byBib = await ask<Photos>('GET', `/search?q=${bib}`)
  expect(byBib.photos.length).toBeGreaterThan(0)
  for (const photo of byBib.photos) expect(photo.bibs).toContain(bib)
  const [first] = times
  const byTime = await ask<Photos>('GET', `/search?q=${first!.slice(11, 16)}`)
  expect(byTime.photos.map(({ id }) => id)).toContain(photos[0]!.id)
})

let result: Result

test(
  'A selfie finds its person; a friend sees the result; the originals come as one ZIP',
  async () => {
    const { bib, selfie } = somebody()
    const form = new FormData()
    form.append('file', new Blob([Uint8Array.from(selfie)]), 'selfie.jpg')
    result = await ask<Result>('POST', '/selfie', form)
    const { photos } = await ask<Photos>('GET', '/photos')
    const names = new Map(
      (await client.listPhotos(eventId)).map(({ image_id, file_name }) => [image_id, file_name]),
    )
    const shown = new Set(result.sure.map(({ id }) => names.get(id)))
    for (const { fileName, runners } of race.truth)
      if (runners.includes(bib)) expect(shown).toContain(fileName)
    expect(result.sure.length).toBeLessThan(photos.length)

    const { token } = await ask<{ token: string }>('POST', `/results/${result.token}/share`)
    const seen = await ask<Result>('GET', `/results/${token}`)
    expect([seen.role, seen.sure.length]).toEqual(['friend', result.sure.length])

    const download = await ask<{ url: string; photos: number; bytes: number }>(
      'POST',
      '/downloads',
      {
        result: result.token,
      },
    )
    expect(download.photos).toBe(result.sure.length)
    const zip = await (await browse('GET', download.url)).arrayBuffer()
    expect(zip.byteLength).toBe(download.bytes)
    const originals = await Promise.all(
      [...shown].map(async (name) => (await readFile(join(race.photosDir, name!))).length),
    )
    expect(zip.byteLength).toBeGreaterThan(originals.reduce((sum, bytes) => sum + bytes, 0))

    const original = await browse('GET', `/photos/${result.sure[0]!.id}/original`)
    expect(original.status).toBe(302)
    const place = new URL(original.headers.get('location')!, client.url)
    expect((await fetch(place)).headers.get('content-disposition')).toContain('attachment')
  },
  LIMIT,
)

test.skipIf(!hasFfmpeg)(
  'The same selfie has clips cut, which play without a key',
  async () => {
    let clips = await ask<Clips>('POST', '/clips', { result: result.token })
    for (let tries = 0; tries < 300 && clips.status === 'processing'; tries++) {
      await sleep(100)
      clips = await ask<Clips>('GET', `/clips/${clips.request_id}`)
    }
    expect(clips.clips).toHaveLength(1)
    const [clip] = clips.clips
    expect((await fetch(client.url + clip!.clip_url)).headers.get('content-type')).toBe('video/mp4')
    expect((await fetch(client.url + clip!.poster_url)).status).toBe(200)
    const window = { from: '2026-06-14T08:00:00Z', to: '2026-06-14T08:00:02Z' }
    expect((await ask<Clips>('POST', '/clips', window)).request_id).not.toBe(clips.request_id)
  },
  LIMIT,
)

test('What is forgotten is gone, and a new password locks the browser out', async () => {
  await ask('DELETE', `/results/${result.token}`)
  expect((await browse('GET', `/results/${result.token}`)).status).toBe(404)
  await client.ask('PATCH', `manage:/event/${eventId}`, {
    json: { gallery_password: 'Start-2026' },
  })
  expect((await browse('GET', '/photos')).status).toBe(403)
})
