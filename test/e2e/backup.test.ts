import { createHash } from 'node:crypto'
import { appendFile, readdir, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient, type Images } from './client.ts'
import { type DemoRace, makeDemoRace } from './demo-race.ts'
import { drawPhoto } from './pictures.ts'
import { findSystem, killAll, waitUntilGone } from './processes.ts'
import { makeFolder, removeFolder, type System, startSystem, trackside } from './system.ts'

const LIMIT = 300_000
const PHOTOS = 4

let folder: string
let repository: string
let system: System
let client: Client
let race: DemoRace
let eventId: number
/** What searches and lists answered before the backup began. */
let before: Awaited<ReturnType<typeof askAll>>
/** Uploads that were answered "stored" before the backup began, and after that. */
const early: string[] = []
const late: string[] = []

beforeAll(async () => {
  folder = await makeFolder()
  repository = join(folder, 'backups')
  system = await startSystem(join(folder, 'data'))
  client = createClient(system)
  race = await makeDemoRace(join(folder, 'race'), { photos: PHOTOS, seed: 3 })
  eventId = await client.createEvent({ event_name: 'Sunrise', timezone: 'Europe/Berlin' })
  await trackside(system.dataDir, 'import', race.photosDir, '--event', String(eventId))
  await client.waitIdle(eventId)
  before = await askAll(client)
}, LIMIT)

afterAll(async () => {
  await system?.stop()
  await removeFolder(folder)
}, LIMIT)

/** Answers that name photos; another event takes the photos that come meanwhile, so that they stay as they are. */
async function askAll({ get, listPhotos, searchSelfie }: Client) {
  const bibs = [...new Set(race.truth.flatMap((photo) => photo.bibs))].sort()
  const found = async (bib: string) =>
    (await get<Images>(`ext:/event/${eventId}/bibs/${bib}`)).images.map((image) => image.image_id)
  const selfies = []
  for (const [bib, picture] of race.selfies) {
    const { images } = await searchSelfie(eventId, picture)
    selfies.push([bib, images.map(({ image_id }) => image_id)])
  }
  return {
    photos: await listPhotos(eventId),
    bibs: await Promise.all(bibs.map(async (bib) => [bib, await found(bib)])),
    selfies,
    days: await get(`ext:/event/${eventId}/timeline/days`),
  }
}

const backup = async (...options: string[]) => {
  const done = await trackside(system.dataDir, 'backup', repository, '--json', ...options)
  expect(done.code, done.stderr).toBe(0)
  const line = done.stdout.trim().split('\n').at(-1) ?? ''
  return JSON.parse(line) as { folder: string; photos: number; objects: number; bytes: number }
}

test(
  'A backup is taken while photos come in; after the loss of everything, all that was acknowledged before is back',
  async () => {
    expect(before.bibs.some(([, ids]) => ids?.length)).toBe(true)
    const flowing = await client.createEvent({ event_name: 'Arriving' })
    let isUploading = true
    let answered = early
    const uploading = (async () => {
      for (let seed = 1; isUploading && seed < 200; seed++) {
        const [photo] = await client.upload(flowing, [[`${seed}.jpg`, await drawPhoto(seed)]])
        if (photo?.status === 'stored') answered.push(photo.image_id ?? '')
        await sleep(100)
      }
    })()
    await expect.poll(() => early.length).toBeGreaterThan(5)
    // Gone before the backup: it must not come back.
    const erased = early.shift() ?? ''
    await client.ask('DELETE', `manage:/event/${flowing}/photos/${erased}`)
    answered = late
    const taken = await backup()
    isUploading = false
    await uploading
    expect(late.length).toBeGreaterThan(0)
    const originals = new Map<string, string>()
    for (const id of early) originals.set(id, await hashOriginal(id))

    killAll(await system.processes())
    expect(await waitUntilGone(await findSystem(system.dataDir))).toEqual([])
    await removeFolder(system.dataDir)

    const restored = await trackside(system.dataDir, 'restore', repository, '--json')
    expect(restored.code, restored.stderr).toBe(0)
    expect(restored.stderr).toContain(taken.folder)
    const { photos, damaged } = JSON.parse(restored.stdout.trim().split('\n').at(-1) ?? '')
    expect({ photos, damaged }).toEqual({ photos: taken.photos, damaged: 0 })

    const { key } = system
    system = await startSystem(system.dataDir)
    expect(system.key).toBeUndefined()
    client = createClient({ url: system.url, key })
    expect(withoutOrder(await askAll(client))).toEqual(withoutOrder(before))
    await client.waitIdle(flowing)
    const there = await listIds(client, flowing)
    expect(early.filter((id) => !there.has(id))).toEqual([])
    expect(there.has(erased)).toBe(false)
    for (const [id, hash] of originals) expect(await hashOriginal(id)).toBe(hash)
    const verified = await trackside(system.dataDir, 'verify')
    expect(verified.code, verified.stdout + verified.stderr).toBe(0)
    // Identities go on where they were.
    expect(await client.createEvent({ event_name: 'Next' })).toBe(flowing + 1)
  },
  LIMIT,
)

test(
  'The next backup copies what is new only, and --keep removes the oldest',
  async () => {
    const second = await backup()
    const original = await findFile(join(second.folder, 'objects'))
    await client.upload(eventId, [['new.jpg', await drawPhoto(5000)]])
    await client.waitIdle(eventId)
    const third = await backup('--keep', '2')
    expect(third.objects).toBeGreaterThan(second.objects)
    const [one, other] = await Promise.all(
      [second, third].map((backup) => stat(join(backup.folder, 'objects', original))),
    )
    expect(other?.ino).toBe(one?.ino)
    expect((await readdir(repository)).sort()).toEqual(
      [second, third].map((backup) => backup.folder.slice(repository.length + 1)),
    )
  },
  LIMIT,
)

test(
  'A restore overwrites nothing, and names what is damaged in a backup',
  async () => {
    const refused = await trackside(system.dataDir, 'restore', repository)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('in use')
    const taken = await backup()
    await system.stop()
    const occupied = await trackside(system.dataDir, 'restore', repository)
    expect(occupied.code).toBe(1)
    expect(occupied.stderr).toContain('has a system in it')

    const elsewhere = join(folder, 'elsewhere')
    const [photo] = before.photos
    const original = await findFile(join(taken.folder, 'objects'), (name) =>
      name.includes(`originals/${photo?.image_id}`),
    )
    await truncate(join(taken.folder, 'objects', original), 100)
    const partly = await trackside(elsewhere, 'restore', taken.folder)
    expect(partly.code).toBe(1)
    expect(partly.stderr).toContain(`${original} is damaged`)
    expect((await readdir(elsewhere)).sort()).toEqual(
      expect.arrayContaining(['objects', 'postgres']),
    )

    const third = join(folder, 'third')
    await appendFile(join(taken.folder, 'tables/photo.copy.zst'), 'x')
    const not = await trackside(third, 'restore', taken.folder)
    expect(not.code).toBe(1)
    expect(not.stderr).toMatch(/photo\.copy\.zst has \d+ bytes instead of \d+/)
    expect(await readdir(third)).toEqual([])
  },
  LIMIT,
)

/** Faces and bibs of a photo come in any order. */
const withoutOrder = (answers: Awaited<ReturnType<typeof askAll>>) => ({
  ...answers,
  photos: answers.photos.map(({ bibs, faces, ...photo }) => ({
    ...photo,
    bibs: bibs.toSorted((a, b) => a.bib.localeCompare(b.bib)),
    faces: faces.toSorted((a, b) => a.face_id.localeCompare(b.face_id)),
  })),
})

async function listIds({ get }: Client, event: number): Promise<Set<string>> {
  const ids = new Set<string>()
  for (let page = 1; ; page++) {
    const path = `manage:/event/${event}/photos?page_size=100&page=${page}`
    const { photos } = await get<{ photos: { image_id: string }[] }>(path)
    for (const { image_id } of photos) ids.add(image_id)
    if (photos.length < 100) return ids
  }
}

/** Of the file that was uploaded, as it lies on disk. */
async function hashOriginal(id: string): Promise<string> {
  const objects = join(system.dataDir, 'objects')
  const file = await findFile(objects, (name) => name.includes(`originals/${id}`))
  return createHash('sha256')
    .update(await readFile(join(objects, file)))
    .digest('hex')
}

async function findFile(folder: string, fits = (_: string) => true): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const file = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .find(fits)
  if (!file) throw new Error(`no such file in ${folder}`)
  return file
}
