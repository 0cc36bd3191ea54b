import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findRunningPostgres } from '../../src/db/embedded/start-postgres.ts'
import { makeFolder, removeFolder } from '../e2e/system.ts'
import { ageObjects, listAll, verify } from './check-event.ts'
import { takeAllConnections } from './held-connections.ts'
import { type KeptSystem, keepSystem } from './kept-system.ts'
import { drawPictures, makePhotos, type TestPhoto } from './photos.ts'
import { mountSmallDisk, type SmallDisk, whyNoDisks } from './small-disk.ts'
import { type Acknowledged, uploadAll } from './upload.ts'

/** `npm run faults` sends more, and holds the connections for 20 s. */
const isLong = process.env.FAULT_ROUNDS !== undefined
const PHOTOS = isLong ? 60 : 4
const HOLD_MS = isLong ? 20_000 : 1000
/** Nothing here is a measure of speed: a busy machine gets its time. */
const LIMIT_MS = 240_000
/** Until a photo has to be taken: well below, so that what failed is told. */
const UPLOAD_MS = 120_000

const noDisks = whyNoDisks()
if (noDisks) console.log(`full disks are not tested: ${noDisks}`)
const diskTest = test.skipIf(noDisks !== undefined)

let dataDir: string
let system: KeptSystem
let picture: Buffer
let objects: SmallDisk | undefined
let cluster: SmallDisk | undefined

beforeAll(async () => {
  dataDir = await makeFolder()
  const [drawn] = await drawPictures(`${dataDir}/pictures`, 1)
  picture = drawn!
  if (!noDisks) {
    objects = await mountSmallDisk(join(dataDir, 'objects'), 24)
    cluster = await mountSmallDisk(join(dataDir, 'postgres'), 256)
  }
  system = await keepSystem(dataDir, { TRACKSIDE_WORKERS: '1', LOG_LEVEL: 'warn' })
}, LIMIT_MS)

afterAll(async () => {
  await system?.stop()
  await objects?.unmount()
  await cluster?.unmount()
  await removeFolder(dataDir)
}, LIMIT_MS)

afterEach(async () => {
  await objects?.free()
  await cluster?.free()
})

diskTest(
  'a full disk of photos: refused with 507 and nothing kept, in work is held up and not failed; with room again all goes on',
  async () => {
    const { client } = system
    const { eventId, photos, seen } = await begin('Full disk', 2)
    await uploadAll(client, { eventId, photos, limitMs: UPLOAD_MS }, seen)
    await client.waitIdle(eventId)

    await objects!.fill()
    const refused = await send(eventId, ['one.jpg', padded(10)], ['two.jpg', padded(3_000_000)])
    expect(refused).toMatchObject({ status: 507, code: 'storage_full' })
    expect(refused.message).toMatch(/no room left.*Make room/)
    expect(refused.headers.get('retry-after')).toBe('30')
    const large = await send(eventId, ['large.jpg', padded(9_000_000)])
    expect(large).toMatchObject({ status: 507, code: 'storage_full' })
    expect(await readdir(join(dataDir, 'objects/.temporary'))).toEqual([])
    expect(await listAll(client, eventId)).toHaveLength(2)

    // By tus: an upload that came in whole and was refused asks for its last byte again.
    const resumable = padded(20)
    const tus = await createUpload(eventId, resumable.length)
    const last = await tus.patch(0, resumable)
    expect([last.status, last.headers.get('x-error-code')]).toEqual([507, 'storage_full'])
    expect(await tus.offset()).toBe(resumable.length - 1)

    // Room for an original, and none for what is made of it.
    await objects!.free()
    await objects!.fill(picture.length + 20_000)
    const late = padded(30)
    const before = heldUp()
    expect((await send(eventId, ['late.jpg', late])).status).toBe(200)
    await expect.poll(() => heldUp() > before, { timeout: LIMIT_MS }).toBe(true)
    expect((await client.get<Progress>(`manage:/event/${eventId}/progress`)).photos).toEqual({
      total: 3,
      done: 2,
      failed: 0,
    })

    await objects!.free()
    const resumed = await tus.patch(resumable.length - 1, resumable.subarray(-1))
    expect([resumed.status, resumed.headers.get('x-upload-status')]).toEqual([204, 'stored'])
    expect((await client.waitIdle(eventId)).photos).toEqual({ total: 4, done: 4, failed: 0 })
    await expectCleanIfLong()
    console.log('disk of photos full: 4 of 4 photos once, 3 tries refused with 507')
  },
  LIMIT_MS,
)

diskTest(
  'a full disk of the database: refused or asked to wait; with room again every acknowledged photo is there once',
  async () => {
    const { eventId, photos, seen } = await begin('Full database', PHOTOS)
    await cluster!.fill()
    const admin = (await findRunningPostgres(join(dataDir, 'postgres')))!.connection
    const answers: string[] = []
    const uploading = uploadAll(watched(answers), { eventId, photos, limitMs: UPLOAD_MS }, seen)
    // Its log goes to a new file after 16 MB: that is what a busy database does next.
    await useUpLog(admin)
    await expect.poll(() => answers.length, { timeout: LIMIT_MS }).toBeGreaterThan(0)
    await cluster!.free()
    await uploading
    await expectAll(eventId, photos, seen)
    expect(answers.filter((answer) => !/ (503|507) |fetch failed/.test(answer))).toEqual([])
    console.log(
      `disk of the database full: ${PHOTOS} of ${PHOTOS} photos once, ${answers.length} tries refused: ${summary(answers)}`,
    )
  },
  LIMIT_MS,
)

test(
  'all connections taken by others: requests are asked to come again, and do',
  async () => {
    const { client } = system
    const { eventId, photos, seen } = await begin('No connections', PHOTOS)
    const answers: string[] = []
    const server = await findRunningPostgres(join(dataDir, 'postgres'))
    const held = await takeAllConnections(server!.connection)
    const uploading = uploadAll(watched(answers), { eventId, photos, limitMs: UPLOAD_MS }, seen)
    const asked = await client.call('GET', `ext:/event/${eventId}/images`)
    expect([asked.status, asked.code, asked.headers.get('retry-after')]).toEqual([
      503,
      'not_ready',
      '5',
    ])
    await sleep(HOLD_MS)
    expect(seen.ids.size).toBe(0)
    await held.release()
    await uploading
    await expectAll(eventId, photos, seen)
    expect(answers.filter((answer) => !answer.includes(' 503 '))).toEqual([])
    console.log(
      `all ${held.count} connections taken for ${HOLD_MS / 1000} s: ${PHOTOS} of ${PHOTOS} photos once, ${answers.length} tries answered with 503`,
    )
  },
  LIMIT_MS,
)

test(
  'a database that is stopped in order and started again loses nothing',
  async () => {
    const { eventId, photos, seen } = await begin('Restarted', PHOTOS)
    const answers: string[] = []
    const uploading = uploadAll(watched(answers), { eventId, photos, limitMs: UPLOAD_MS }, seen)
    await expect.poll(() => seen.ids.size, { timeout: LIMIT_MS }).toBeGreaterThanOrEqual(PHOTOS / 2)
    const server = await findRunningPostgres(join(dataDir, 'postgres'))
    process.kill(server!.pid, 'SIGINT')
    await uploading
    await expectAll(eventId, photos, seen)
    expect(answers.filter((answer) => !answer.includes(' 503 '))).toEqual([])
    console.log(
      `database restarted: ${PHOTOS} of ${PHOTOS} photos once, ${answers.length} tries answered with 503`,
    )
  },
  LIMIT_MS,
)

test.skipIf(process.platform !== 'linux')(
  'a photo that brings its decoder down fails alone, and the worker lives on',
  async () => {
    const { client } = system
    const { eventId } = await begin('Poison', 0)
    const blank = { width: 14_000, height: 10_000, channels: 3, background: '#3478a0' } as const
    // WebP takes seconds to decode: time to find the process, also where the machine has other work.
    const poison = await sharp({ create: blank, limitInputPixels: false }).webp().toBuffer()
    const worker = await findWorker()
    expect((await send(eventId, ['poison.webp', poison], ['good.jpg', picture])).status).toBe(200)
    process.kill(await decoderAtWork(worker), 'SIGSEGV')
    expect((await client.waitIdle(eventId)).photos).toEqual({ total: 2, done: 1, failed: 1 })
    expect(await listAll(client, eventId)).toMatchObject([
      { file_name: 'poison.webp', status: 'failed', error_code: 'photo_not_decodable' },
      { file_name: 'good.jpg', status: 'done' },
    ])
    expect(await findWorker()).toBe(worker)
    await expectClean()
    console.log('poison photo: failed alone, the one behind it done, same worker')
  },
  LIMIT_MS,
)

type Progress = { photos: { total: number; done: number; failed: number } }

/** A new event, and photos of it that nobody has sent. */
async function begin(name: string, count: number) {
  const eventId = await system.client.createEvent({ event_name: name })
  const seen: Acknowledged = { ids: new Map(), failures: 0 }
  return { eventId, photos: makePhotos([picture], count), seen }
}

/** The picture with so many bytes more behind its end, different each time. */
const padded = (bytes: number) => Buffer.concat([picture, Buffer.alloc(bytes, `${Math.random()}`)])

function send(eventId: number, ...files: [name: string, bytes: Uint8Array][]) {
  const body = new FormData()
  for (const [name, bytes] of files) body.append('file', new Blob([Uint8Array.from(bytes)]), name)
  return system.client.call('POST', `manage:/event/${eventId}/photos`, { body })
}

/** The client, with what it is refused noted down. */
const watched = (answers: string[]) => ({
  upload: (eventId: number, files: readonly (readonly [string, Uint8Array])[]) =>
    system.client.upload(eventId, files).catch((error: Error) => {
      answers.push(error.message)
      throw error
    }),
})

const summary = (answers: string[]) =>
  [...Map.groupBy(answers, (answer) => / (5\d\d) /.exec(answer)?.[1] ?? 'no answer')]
    .map(([status, { length }]) => `${length} × ${status}`)
    .join(', ')

/** How often a worker has told that a job waits for something to come back. */
const heldUp = () => system.log().split('"outcome":"held up"').length

async function createUpload(eventId: number, length: number) {
  const { url, key } = system
  const headers = { 'X-API-Key': key, 'Tus-Resumable': '1.0.0' }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const made = await fetch(`${url}/api/v1/manage/1/uploads`, {
    method: 'POST',
    headers: {
      ...headers,
      'Upload-Length': String(length),
      'Upload-Metadata': `event_id ${base64(String(eventId))},filename ${base64('tus.jpg')}`,
    },
  })
  expect(made.status).toBe(201)
  const location = new URL(made.headers.get('location') ?? '', url).href
  return {
    patch: (offset: number, bytes: Uint8Array) =>
      fetch(location, {
        method: 'PATCH',
        headers: {
          ...headers,
          'Upload-Offset': String(offset),
          'Content-Type': 'application/offset+octet-stream',
        },
        body: Uint8Array.from(bytes),
      }),
    offset: async () =>
      Number((await fetch(location, { method: 'HEAD', headers })).headers.get('upload-offset')),
  }
}

/** Every photo is done, once, with the id that was told; rows, objects and jobs agree. */
async function expectAll(eventId: number, photos: readonly TestPhoto[], seen: Acknowledged) {
  expect(await settle(eventId)).toEqual({ total: photos.length, done: photos.length, failed: 0 })
  const rows = await listAll(system.client, eventId)
  const told = rows.map(({ file_name, image_id }) => [file_name, image_id])
  expect(told.sort()).toEqual([...seen.ids].sort())
  await expectCleanIfLong()
}

/** Waits for an event that may be unable to answer for a moment yet. */
async function settle(eventId: number): Promise<Progress['photos']> {
  for (const end = Date.now() + LIMIT_MS; ; await sleep(200)) {
    try {
      return (await system.client.waitIdle(eventId)).photos
    } catch (error) {
      if (Date.now() > end) throw new Error(`not idle\n${system.log()}`, { cause: error })
    }
  }
}

/** `npm run faults` looks after each; the short form once, at the end. */
const expectCleanIfLong = async () => {
  if (isLong) await expectClean()
}

/** `trackside verify` is content; what was begun anew may have left strays, and nothing else. */
async function expectClean() {
  await ageObjects(dataDir)
  const { figures } = await verify(dataDir, '--repair')
  const { photos: _, objects: __, strayObjects: ___, ...losses } = figures
  expect(Object.entries(losses).filter(([, count]) => count > 0)).toEqual([])
  const after = await verify(dataDir)
  expect([after.said, after.code]).toEqual(['', 0])
}

/** Makes the database ask for room for its log until it has none. */
async function useUpLog(connection: object) {
  const { default: pg } = await import('pg')
  const client = new pg.Client(connection)
  client.on('error', () => {})
  try {
    await client.connect()
    for (let switched = 0; switched < 40; switched++)
      await client.query(`select pg_switch_wal(), pg_logical_emit_message(true, 'full', 'x')`)
  } catch {
    // That is what is wanted.
  } finally {
    await client.end().catch(() => {})
  }
}

async function findWorker(): Promise<number> {
  const processes = await system.processes()
  const worker = processes.find(({ command }) => / work$/.test(command))
  if (!worker) throw new Error('there is no worker')
  return worker.pid
}

/** The decoder of a worker that holds the pixels of a large picture: for a second or two, so it is looked for without detours. */
async function decoderAtWork(worker: number): Promise<number> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(5)) {
    for (const thread of await readdir(`/proc/${worker}/task`)) {
      const path = `/proc/${worker}/task/${thread}/children`
      const children = await readFile(path, 'utf8').catch(() => '')
      for (const pid of children.split(' ').filter(Boolean)) {
        const memory = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
        if (Number(memory.split(' ')[1]) * 4096 > 200e6) return Number(pid)
      }
    }
  }
  throw new Error('nothing is being decoded')
}
