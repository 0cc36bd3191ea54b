import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { findRunningPostgres } from '../src/db/embedded/start-postgres.ts'
import { makeDemo } from '../src/demo/make-demo.ts'
import { percentile } from './percentile.ts'
import { listReads, type Values } from './read-operations.ts'
import { seedEvidence } from './seed-evidence.ts'
import { seedPhotos } from './seed-photos.ts'
import { type System, startSystem } from './system.ts'

export type ReadTimes = { name: string; p50: number; p95: number }
export type LargeEvent = {
  photos: number
  faces: number
  entrants: number
  seedSeconds: number
  /** Bytes of the database on the disk. */
  databaseBytes: number
  reads: ReadTimes[]
  /** The first selfie of an event loads its faces, in milliseconds: from the database, and from the file that a server then wrote. */
  firstSelfieMs: { fromRows: number; fromFile: number }
  selfie: ReadTimes
  /** Operations that need what the event does not have. */
  leftOut: string[]
}

const ENTRANTS = 50_000
const RUNS = 30
const SELFIES = 8
/** A server writes files every few seconds, the one of five million faces in some seconds. */
const FACE_FILE_MS = 180_000
/** Many runners share no bib: each ask is about another one. */
const BIB_STRIDE = 397

/** What a folder that is kept was begun with. */
type Begun = { key: string; eventId: number; slug: string; seedSeconds: number }

/**
 * Every read of the API on an event of which the rows and vectors exist, and no pixels.
 *
 * @param dataDir where a run before this may have written rows already: those are kept
 */
export async function measureLargeEvent({
  folder,
  dataDir,
  photos,
  faces,
  signal,
}: {
  folder: string
  dataDir: string
  photos: number
  faces: number
  signal: AbortSignal
}): Promise<LargeEvent> {
  process.env.TRACKSIDE_REQUESTS_PER_MINUTE = '10000000' // for the server that is started from here
  const note = join(dataDir, 'bench.json')
  const before = await readFile(note, 'utf8').then(
    (text) => JSON.parse(text) as Begun,
    () => undefined,
  )
  const key = before && { key: before.key }
  let system = await startSystem({ dataDir, workers: 0, ...key }, signal)
  try {
    const begun = before ?? (await begin(system))
    const { eventId, slug } = begun
    const start = performance.now()
    let databaseBytes: number
    try {
      databaseBytes = await inDatabase(dataDir, (client) =>
        seed(client, { eventId, photos, faces }, signal),
      )
    } finally {
      begun.seedSeconds += (performance.now() - start) / 1000
      await writeFile(note, JSON.stringify(begun))
    }
    const { seedSeconds } = begun

    const { selfies } = await makeDemo(join(folder, 'large-demo'), { photos: 4 })
    const selfie = await readFile(selfies[0]!)
    const first = await timeSelfie(system, eventId, selfie)
    const selfieMs: number[] = []
    for (let i = 0; i < SELFIES; i++)
      selfieMs.push((await timeSelfie(system, eventId, selfie)).milliseconds)

    const values = await findValues(system, { eventId, slug, requestId: first.requestId })
    const { reads, leftOut } = await timeReads(system, { values, photos })
    await inDatabase(dataDir, (client) => untilFaceFile(client, eventId, signal))
    await system.stop()
    system = await startSystem({ dataDir, workers: 0, key: begun.key }, signal)
    const again = await timeSelfie(system, eventId, selfie)
    return {
      photos,
      faces,
      entrants: ENTRANTS,
      seedSeconds,
      databaseBytes,
      reads,
      firstSelfieMs: { fromRows: first.milliseconds, fromFile: again.milliseconds },
      selfie: timesOf('searchByFace', selfieMs),
      leftOut,
    }
  } finally {
    await system.stop()
  }
}

async function begin({ api, key }: System): Promise<Begun> {
  const { event_id: eventId, gallery_link: link } = await api.manage<{
    event_id: number
    gallery_link: string
  }>('POST', '/events', { json: { event_name: 'Large', visibility: 'public' } })
  const slug = new URL(link).pathname.split('/').at(-1) ?? ''
  return { key, eventId, slug, seedSeconds: 0 }
}

async function inDatabase<Result>(
  dataDir: string,
  run: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const postgres = await findRunningPostgres(join(dataDir, 'postgres'))
  if (!postgres) throw new Error(`no PostgreSQL runs in ${dataDir}`)
  const client = new pg.Client(postgres.connection)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

async function seed(
  client: pg.Client,
  { eventId, photos, faces }: { eventId: number; photos: number; faces: number },
  signal: AbortSignal,
): Promise<number> {
  await seedPhotos(client, { eventId, photos }, signal)
  await seedEvidence(client, { eventId, photos, faces, entrants: ENTRANTS }, signal)
  await client.query('delete from face_file') // of a run before this: the first selfie reads rows
  const { rows } = await client.query<{ bytes: string }>(
    'select pg_database_size(current_database()) as bytes',
  )
  return Number(rows[0]!.bytes)
}

/** A server writes the faces that it loaded to a file, in the background. */
async function untilFaceFile(client: pg.Client, eventId: number, signal: AbortSignal) {
  const until = performance.now() + FACE_FILE_MS
  while (performance.now() < until) {
    const { rowCount } = await client.query('select from face_file where event_id = $1', [eventId])
    if (rowCount) return
    await sleep(500, undefined, { signal })
  }
  throw new Error(`no file of faces was written within ${FACE_FILE_MS / 1000} s`)
}

async function findValues(
  { api }: System,
  { eventId, slug, requestId }: { eventId: number; slug: string; requestId: string },
): Promise<Values> {
  const { images } = await api.read<{ images: { image_id: string; captured_at: string }[] }>(
    'GET',
    `/event/${eventId}/images?page_size=1`,
  )
  const from = Math.floor(Date.parse(images[0]!.captured_at) / 1000)
  return {
    org_id: 1,
    event_id: eventId,
    request_id: requestId,
    slug,
    id: images[0]!.image_id,
    from,
    to: from + 12 * 3600,
    seed: 1,
    bib: 1,
    q: 1,
  }
}

/** The operations in turn, so that what others do on the machine meets all alike. */
async function timeReads(
  system: System,
  { values, photos }: { values: Values; photos: number },
): Promise<{ reads: ReadTimes[]; leftOut: string[] }> {
  const document = await (await fetch(`${system.url}/openapi.json`)).json()
  const deepPage = Math.floor(photos / 2 / 32)
  const listed = listReads(document, { values, deepPage })
  const times = new Map<string, number[]>()
  const leftOut = new Map(listed.leftOut.map((name) => [name, name]))
  for (let run = 0; run <= RUNS; run++) {
    const bib = 1 + ((run * BIB_STRIDE) % ENTRANTS)
    for (const { name, path } of listReads(document, {
      values: { ...values, bib, q: bib },
      deepPage,
    }).reads) {
      if (leftOut.has(name)) continue
      const started = performance.now()
      const answer = await fetch(system.url + path, { headers: { 'X-API-Key': system.key } })
      await answer.arrayBuffer()
      const milliseconds = performance.now() - started
      if (!answer.ok) leftOut.set(name, `${name} (${answer.status})`)
      else if (run > 0) times.set(name, [...(times.get(name) ?? []), milliseconds])
    }
  }
  return {
    reads: [...times].map(([name, each]) => timesOf(name, each)),
    leftOut: [...leftOut.values()],
  }
}

async function timeSelfie({ url, key }: System, eventId: number, selfie: Uint8Array) {
  const form = new FormData()
  form.append('file', new Blob([Uint8Array.from(selfie)]), 'selfie.jpg')
  const started = performance.now()
  const answer = await fetch(`${url}/api/v1/ext/1/event/${eventId}/faces`, {
    method: 'POST',
    headers: { 'X-API-Key': key },
    body: form,
  })
  const { data, message } = (await answer.json()) as {
    data: { request_id: string } | null
    message: string
  }
  if (!data) throw new Error(`selfie search: ${answer.status} ${message}`)
  return { milliseconds: performance.now() - started, requestId: data.request_id }
}

const timesOf = (name: string, milliseconds: readonly number[]): ReadTimes => ({
  name,
  p50: percentile(milliseconds, 0.5),
  p95: percentile(milliseconds, 0.95),
})
