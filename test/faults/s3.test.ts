import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, removeFolder } from '../e2e/system.ts'
import { type FaultyProxy, startFaultyProxy } from '../s3/faulty-proxy.ts'
import { hasSwift, SWIFT_PACKAGES, type SwiftServer, startSwift } from '../s3/swift-server.ts'
import { expectEachOnce, listAll, verify } from './check-event.ts'
import { type KeptSystem, keepSystem } from './kept-system.ts'
import { drawPictures, makePhotos } from './photos.ts'
import { createRandom } from './random.ts'
import { type Acknowledged, uploadAll } from './upload.ts'

/** `npm run faults` alone: the server takes 9 s to start, and `npm run test:s3` has the faults of single requests. */
const isLong = process.env.FAULT_ROUNDS !== undefined
const isHere = isLong && (await hasSwift())
if (isLong && !isHere) console.log(`faults of S3 are not tested: apt-get install ${SWIFT_PACKAGES}`)

const PHOTOS = 60
const SEED = 1121
/** Longer than the five seconds that a store may be away unnoticed. */
const AWAY_MS = 15_000
const LIMIT_MS = 400_000

let swift: SwiftServer | undefined
let proxy: FaultyProxy | undefined
let system: KeptSystem | undefined
let dataDir: string
let picture: Buffer

beforeAll(async () => {
  if (!isHere) return
  dataDir = await makeFolder()
  const [drawn] = await drawPictures(`${dataDir}/pictures`, 1)
  picture = drawn!
  swift = await startSwift()
  proxy = await startFaultyProxy(swift.endpoint)
  const settings = {
    TRACKSIDE_S3_BUCKET: 'faults',
    TRACKSIDE_S3_ENDPOINT: proxy.url,
    TRACKSIDE_S3_REGION: swift.region,
    TRACKSIDE_S3_ACCESS_KEY_ID: swift.credentials.accessKeyId,
    TRACKSIDE_S3_SECRET_ACCESS_KEY: swift.credentials.secretAccessKey,
    TRACKSIDE_S3_PATH_STYLE: 'true',
  }
  Object.assign(process.env, settings) // `trackside verify` too is to find the bucket
  system = await keepSystem(dataDir, { ...settings, TRACKSIDE_WORKERS: '1', LOG_LEVEL: 'warn' })
}, LIMIT_MS)

afterAll(async () => {
  await system?.stop()
  await proxy?.stop()
  await swift?.stop()
  if (dataDir) await removeFolder(dataDir)
}, LIMIT_MS)

test.skipIf(!isHere)(
  'a store that fails every fifth request, cuts bodies, loses answers and is slow: every acknowledged photo is there once',
  async () => {
    const random = createRandom(SEED)
    const counts = new Map<string, number>()
    proxy!.setFault(() => {
      const dice = random()
      const fault =
        dice < 0.1 ? 500 : dice < 0.14 ? 503 : dice < 0.18 ? 'lost' : dice < 0.2 ? 'cut' : undefined
      // Once: it takes 20 s until a request that gets no answer is given up.
      const name = !counts.has('stall') && dice > 0.99 ? 'stall' : fault
      if (name !== undefined) counts.set(String(name), (counts.get(String(name)) ?? 0) + 1)
      return name
    })
    const told = await ingest('Bad store')
    const faults = [...counts].map(([name, count]) => `${count} × ${name}`).join(', ')
    console.log(
      `S3 in trouble (${faults}): ${PHOTOS} of ${PHOTOS} photos once, ${told.failures} uploads refused, ${heldUp()} jobs held up`,
    )
  },
  LIMIT_MS,
)

test.skipIf(!isHere)(
  'a store that is away for a while: uploads are told to come again, photos in work wait, and all is done afterwards',
  async () => {
    const before = heldUp()
    const ingesting = ingest('Away')
    await sleep(2000)
    proxy!.setFault(() => 503)
    const eventId = await system!.client.createEvent({ event_name: 'Asked while away' })
    const body = new FormData()
    body.append('file', new Blob([Uint8Array.from(picture)]), 'one.jpg')
    const asked = await system!.client.call('POST', `manage:/event/${eventId}/photos`, { body })
    expect([asked.status, asked.code, asked.headers.get('retry-after')]).toEqual([
      503,
      'storage_unavailable',
      '5',
    ])
    await sleep(AWAY_MS)
    proxy!.setFault(() => undefined)
    const told = await ingesting
    expect(await listAll(system!.client, eventId)).toEqual([])
    console.log(
      `S3 away for ${AWAY_MS / 1000} s and more: ${PHOTOS} of ${PHOTOS} photos once, ${told.failures} uploads refused, ${heldUp() - before} jobs held up`,
    )
  },
  LIMIT_MS,
)

const heldUp = () => system!.log().split('"outcome":"held up"').length - 1

/** Sends photos of a new event through whatever happens; then rows and objects are what they should be. */
async function ingest(name: string): Promise<Acknowledged> {
  const { client } = system!
  const eventId = await client.createEvent({ event_name: name })
  const photos = makePhotos([picture], PHOTOS)
  const seen = await uploadAll(client, { eventId, photos, limitMs: LIMIT_MS })
  expect(seen.ids.size).toBe(PHOTOS)
  await expectEachOnce(client, { eventId, acknowledged: seen, limitMs: LIMIT_MS })
  proxy!.setFault(() => undefined)
  // Objects younger than an hour without a row are not judged.
  const verdict = await verify(dataDir)
  expect([verdict.said, verdict.code]).toEqual(['', 0])
  return seen
}
