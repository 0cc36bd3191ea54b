import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, removeFolder } from '../e2e/system.ts'
import { ageObjects, evidenceOf, findWrongPhotos, listAll, verify } from './check-event.ts'
import { type KeptSystem, keepSystem, type Victim } from './kept-system.ts'
import { drawPictures, makePhotos } from './photos.ts'
import { createRandom, type Random, shuffle } from './random.ts'
import { type Acknowledged, uploadAll } from './upload.ts'

/** `npm run faults` takes 20 rounds of 500 photos; the short form shows that the suite works. */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1)
const PHOTOS = Number(process.env.FAULT_PHOTOS ?? 12)
/** A failure prints the seed of its round. With the default one the server dies last, so that nobody waits for a dead worker's jobs. */
const SEED =
  process.env.FAULT_SEED === 'random' ? Date.now() % 1e6 : Number(process.env.FAULT_SEED ?? 1121)
const PICTURES = 2
const VICTIMS: readonly Victim[] = ['server', 'worker', 'database']
/** A photo takes a fraction of a second; a job of a killed worker waits half a minute for another. */
const ROUND_MS = 120_000 + 2000 * PHOTOS

let dataDir: string
let system: KeptSystem
let pictures: Buffer[]
let evidence: string[]

beforeAll(async () => {
  dataDir = await makeFolder()
  pictures = await drawPictures(`${dataDir}/pictures`, PICTURES)
  system = await keepSystem(dataDir, { TRACKSIDE_WORKERS: '2', LOG_LEVEL: 'error' })
  evidence = await readUndisturbed()
}, 240_000)

afterAll(async () => {
  await system?.stop()
  await removeFolder(dataDir)
}, 120_000)

test.for(Array.from({ length: ROUNDS }, (_, i) => SEED + i))(
  'server, worker and database killed at any moment of an ingest: every acknowledged photo is there once, and read once (seed %i)',
  { timeout: ROUND_MS * 2 },
  async (seed) => {
    const { client } = system
    const photos = makePhotos(pictures, PHOTOS)
    const eventId = await client.createEvent({ event_name: `Round ${seed}` })
    const seen: Acknowledged = { ids: new Map(), failures: 0 }
    const started = performance.now()
    const uploading = uploadAll(client, { eventId, photos, limitMs: ROUND_MS }, seen)
    const kills = await killAtRandom(createRandom(seed), { eventId, seen, uploading })
    await uploading
    const progress = await untilIdle(eventId)
    const seconds = ((performance.now() - started) / 1000).toFixed(0)

    expect(progress).toEqual({ total: PHOTOS, done: PHOTOS, failed: 0 })
    expect(
      await findWrongPhotos(client, { eventId, photos, acknowledged: seen, evidence }),
    ).toEqual([])
    await ageObjects(dataDir)
    const { figures } = await verify(dataDir, '--repair')
    const after = await verify(dataDir)
    expect(after.said).toBe('')
    expect(after.code).toBe(0)
    // What a server that died left behind of a photo whose upload was begun anew; all else would be a loss.
    const { photos: _, objects: __, strayObjects, ...losses } = figures
    expect(Object.values(losses).reduce((sum, count) => sum + count, 0)).toBe(0)
    console.log(
      `seed ${seed}: ${kills.join(', ')}; ${PHOTOS} of ${PHOTOS} photos once and read once after ${seconds} s, ${seen.failures} tries without an answer, ${strayObjects} stray files, all removed by verify --repair`,
    )
  },
)

/** What the pictures show when nothing goes wrong: each photo of a round has to show the same. */
async function readUndisturbed(): Promise<string[]> {
  const { client } = system
  const photos = makePhotos(pictures, PICTURES)
  const eventId = await client.createEvent({ event_name: 'Undisturbed' })
  await uploadAll(client, { eventId, photos, limitMs: ROUND_MS })
  await untilIdle(eventId)
  const rows = await listAll(client, eventId)
  const found = photos.map(({ name }) => evidenceOf(rows.find((row) => row.file_name === name)!))
  // Evidence of nothing would prove nothing.
  expect(
    rows.some(({ bibs }) => bibs.length > 0) && rows.some(({ faces }) => faces.length > 0),
  ).toBe(true)
  return found
}

type Ingest = { eventId: number; seen: Acknowledged; uploading: Promise<unknown> }

/** Kills each victim once: some while photos come in, some while they are read. */
async function killAtRandom(
  random: Random,
  { eventId, seen, uploading }: Ingest,
): Promise<string[]> {
  const plan = shuffle(VICTIMS, random)
    .map((victim) => ({ victim, at: random(), delayMs: random() * 400 }))
    .sort((one, other) => one.at - other.at)
  const kills: string[] = []
  let isUploaded = false
  const uploaded = uploading.then(() => {
    isUploaded = true
  })
  for (const { victim, at, delayMs } of plan) {
    // The first half of the way is the upload, the second half the reading.
    for (const end = Date.now() + ROUND_MS; Date.now() < end; await sleep(20)) {
      if (at < 0.5 ? isUploaded || seen.ids.size >= 2 * at * PHOTOS : isUploaded) break
    }
    if (at >= 0.5) await untilDone(eventId, (2 * at - 1) * PHOTOS)
    await sleep(delayMs)
    const isHit = await system.kill(victim)
    const { done } = await countPhotos(eventId)
    kills.push(`${isHit ? victim : `no ${victim}`} at ${seen.ids.size} sent, ${done} read`)
  }
  await uploaded
  return kills
}

type Counts = { total: number; done: number; failed: number }

/** Asked again while the system is down: that is what is tested. */
async function ask(eventId: number) {
  for (const end = Date.now() + ROUND_MS; ; await sleep(200)) {
    try {
      return await system.client.get<{ photos: Counts; idle: boolean }>(
        `manage:/event/${eventId}/progress`,
      )
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}

const countPhotos = async (eventId: number) => (await ask(eventId)).photos

async function untilDone(eventId: number, least: number): Promise<void> {
  for (const end = Date.now() + ROUND_MS; Date.now() < end; await sleep(100))
    if ((await countPhotos(eventId)).done >= least) return
}

async function untilIdle(eventId: number): Promise<Counts> {
  for (const end = Date.now() + ROUND_MS; ; await sleep(200)) {
    const { idle, photos } = await ask(eventId)
    if (idle && photos.total === photos.done + photos.failed) return photos
    if (Date.now() > end) throw new Error(`not idle: ${JSON.stringify(photos)}\n${system.log()}`)
  }
}
