import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { findRunningPostgres } from '../../src/db/embedded/start-postgres.ts'
import { makeDemo } from '../../src/demo/make-demo.ts'
import { type Api, fileForm } from '../api.ts'
import { seedEvidence } from '../seed-evidence.ts'
import { seedPhotos } from '../seed-photos.ts'
import type { Stream } from './arrivals.ts'
import type { Ask } from './client.ts'

/** What the asks are about. */
export type FinishLine = {
  /** An event of rows alone: lists and bibs of a large race. */
  large: { eventId: number; photos: number; entrants: number }
  /** A small one with pixels and faces. */
  small: {
    eventId: number
    imagePaths: string[]
    thumbnailPaths: string[]
    imageIds: string[]
    selfie: Buffer
  }
  photoFiles: string[]
  key: string
}

const PHOTOS = 200_000
const ENTRANTS = 20_000
const DRAWN = 8
const PAGE = 32
const IDLE_MS = 300_000

/** Fills an empty system with a large event and a small one. */
export async function fillFinishLine(
  { api, key }: { api: Api; key: string },
  { dataDir, folder, signal }: { dataDir: string; folder: string; signal: AbortSignal },
): Promise<FinishLine> {
  const create = async (name: string) =>
    (await api.manage<{ event_id: number }>('POST', '/events', { json: { event_name: name } }))
      .event_id
  const large = { eventId: await create('Large'), photos: PHOTOS, entrants: ENTRANTS }
  await seed(dataDir, large, signal)

  const demo = await makeDemo(join(folder, 'demo'), { photos: DRAWN })
  const eventId = await create('Small')
  for (const photo of demo.photos)
    await api.manage('POST', `/event/${eventId}/photos`, { form: await fileForm([photo]) })
  await untilDone(api, eventId, DRAWN)
  const { images } = await api.read<{
    images: { image_id: string; img_url: string; thumbnail_url: string }[]
  }>('GET', `/event/${eventId}/images`)
  return {
    large,
    small: {
      eventId,
      imagePaths: images.map(({ img_url: url }) => pathOf(url)),
      thumbnailPaths: images.map(({ thumbnail_url: url }) => pathOf(url)),
      imageIds: images.map(({ image_id: id }) => id),
      selfie: await readFile(demo.selfies[0]!),
    },
    photoFiles: demo.photos,
    key,
  }
}

/** Requests as participants make them, each stream about another runner or page every time. */
export function makeAsks({ large, small, key }: FinishLine) {
  const ext = '/api/v1/ext/1/event'
  const headers = { 'x-api-key': key }
  const json = { ...headers, 'content-type': 'application/json' }
  const selfie = formOf(small.selfie)
  const some = <T>(items: readonly T[], n: number) => items[n % items.length]!
  const pages = Math.floor(large.photos / PAGE)
  return {
    page: (n: number): Ask => ({
      path: `${ext}/${large.eventId}/images?page=${1 + ((n * 7919) % pages)}`,
      headers,
    }),
    bib: (n: number): Ask => ({
      path: `${ext}/${large.eventId}/bibs/${1 + ((n * 397) % large.entrants)}`,
      headers,
    }),
    image: (n: number): Ask => ({ path: some(small.imagePaths, n) }),
    thumbnail: (n: number): Ask => ({ path: some(small.thumbnailPaths, n) }),
    originals: (n: number): Ask => ({
      path: `${ext}/${small.eventId}/original-photos`,
      method: 'POST',
      headers: json,
      body: Buffer.from(
        JSON.stringify({ method: 'image_id', identifier: some(small.imageIds, n) }),
      ),
    }),
    selfie: (): Ask => ({
      path: `${ext}/${small.eventId}/faces`,
      method: 'POST',
      headers: { ...headers, 'content-type': selfie.type },
      body: selfie.body,
    }),
  }
}

/** The mix of the hour after the finish; the selfies are more than one core can read, on purpose. */
export const mixOf = (
  asks: ReturnType<typeof makeAsks>,
  downloads: readonly string[],
): Stream[] => [
  { name: 'gallery page', rate: 30, make: asks.page },
  { name: 'bib page', rate: 100, make: asks.bib },
  { name: 'image', rate: 300, make: asks.image },
  { name: 'presigned links', rate: 10, make: asks.originals },
  {
    name: 'download of an original',
    rate: 5,
    make: (n) => ({ path: downloads[n % downloads.length]! }),
  },
  { name: 'selfie search', rate: 10, make: asks.selfie },
]

/** Presigned paths of the small event's originals. */
export async function findDownloads(api: Api, { small }: FinishLine): Promise<string[]> {
  const { presigned_urls: urls } = await api.read<{ presigned_urls: { url: string }[] }>(
    'POST',
    `/event/${small.eventId}/original-photos`,
    { json: { method: 'image_ids', identifier: small.imageIds } },
  )
  return urls.map(({ url }) => pathOf(url))
}

/** Sends files over and over, each time as other files: what follows the end of a JPEG is no part of its picture. */
export async function uploadMany(api: Api, files: readonly string[], count: number) {
  const { event_id: eventId } = await api.manage<{ event_id: number }>('POST', '/events', {
    json: { event_name: 'Coming in' },
  })
  const bytes = await Promise.all(files.map((file) => readFile(file)))
  for (let i = 0; i < count; i++) {
    const form = new FormData()
    const photo = Buffer.concat([bytes[i % files.length]!, Buffer.from(`photo ${i}`)])
    form.append('file', new Blob([photo]), `${i}-${basename(files[i % files.length]!)}`)
    await api.manage('POST', `/event/${eventId}/photos`, { form })
  }
  return eventId
}

export async function countDone(api: Api, eventId: number): Promise<number> {
  const { photos } = await api.manage<{ photos: { done: number } }>(
    'GET',
    `/event/${eventId}/progress`,
  )
  return photos.done
}

export async function untilDone(api: Api, eventId: number, count: number): Promise<void> {
  for (const end = Date.now() + IDLE_MS; (await countDone(api, eventId)) < count; ) {
    if (Date.now() > end) throw new Error(`event ${eventId} has not ${count} photos done in time`)
    await sleep(200)
  }
}

const seed = (
  dataDir: string,
  event: { eventId: number; photos: number; entrants: number },
  signal: AbortSignal,
) =>
  withDatabase(dataDir, async (client) => {
    await seedPhotos(client, event, signal)
    await seedEvidence(client, { ...event, faces: 0 }, signal)
  })

/** Until so many workers look for jobs: what they use before is their start. */
export const untilWorking = (dataDir: string, count: number, signal: AbortSignal) =>
  withDatabase(dataDir, async (client) => {
    for (;;) {
      const { rows } = await client.query(
        `select distinct application_name from pg_stat_activity
         where application_name like '% work' and query like '%pgboss.job%'`,
      )
      if (rows.length >= count) return
      await sleep(500, undefined, { signal })
    }
  })

async function withDatabase(dataDir: string, work: (client: pg.Client) => Promise<void>) {
  const postgres = await findRunningPostgres(join(dataDir, 'postgres'))
  if (!postgres) throw new Error(`no PostgreSQL runs in ${dataDir}`)
  const client = new pg.Client(postgres.connection)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const pathOf = (url: string) => {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function formOf(selfie: Buffer) {
  const border = 'trackside-load'
  const head = `--${border}\r\nContent-Disposition: form-data; name="file"; filename="selfie.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`
  return {
    type: `multipart/form-data; boundary=${border}`,
    body: Buffer.concat([Buffer.from(head), selfie, Buffer.from(`\r\n--${border}--\r\n`)]),
  }
}
