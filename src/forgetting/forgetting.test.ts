import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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
import type { BibRead } from '../bibs/index.ts'
import { findEvent } from '../events/index.ts'
import { FACE_MODELS } from '../faces/engine/face-model.ts'
import { FACE_MODEL, type FoundFace, openEventFaces, toBytes, useModel } from '../faces/index.ts'
import { followUps } from '../pipeline.ts'
import { askToHideBib, askToHideSelfie } from './index.ts'
import { addPassing, countRows } from './video-rows.fixture.ts'

/** A unit vector of 128 numbers that is nobody else's. */
function person(axis: number): Float32Array {
  const vector = new Float32Array(128)
  vector[axis] = 0.35
  const rest = Math.sqrt(1 - 0.35 ** 2)
  for (let i = 64; i < 128; i++) vector[i] = ((i * (axis + 3)) % 7 < 3 ? 1 : -1) * (rest / 8)
  return vector
}
const ME = person(1)
const OTHER = person(5)
const THIRD = person(9)

/** A face of 40 px whose chest is at `x`, 130. */
const face = (embedding: Float32Array, x = 100): FoundFace => ({
  score: 0.9,
  quality: 0.9,
  box: [x - 20, 20, 40, 40],
  landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  model: FACE_MODEL.id,
  embedding,
})
const bib = (text: string, x = 100, more: Partial<BibRead> = {}): BibRead => ({
  text,
  fullText: text,
  kind: 'digits',
  score: 0.99,
  box: [x - 25, 120, 50, 20],
  ...more,
})

let faces: FoundFace[] = []
let reads: BibRead[] = []
let selfie: Float32Array | undefined
const system = await startSystem({
  faceFinder: async (_picture, _signal, model) =>
    faces.map((one) => ({ ...one, model: model ?? FACE_MODEL.id })),
  bibReader: async () => reads,
  selfieReader: async () => selfie,
})
const { ok, call, context, folder } = system

/** Adds a photo of these people, from left to right; `null` shows no number. */
async function addPhoto(
  event: number,
  ...people: [Float32Array, string | null][]
): Promise<string> {
  faces = people.map(([embedding], i) => face(embedding, 100 + 200 * i))
  reads = people.flatMap(([, number], i) => (number === null ? [] : [bib(number, 100 + 200 * i)]))
  const [photo] = await upload(system, event, ['photo.jpg', await jpeg()])
  return photo?.image_id ?? ''
}
const images = (data: { images: { image_id: string }[] }) =>
  data.images.map(({ image_id }) => image_id).sort()
async function searchBySelfie(event: number, who: Float32Array, requestId = ''): Promise<string[]> {
  selfie = who
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  if (requestId) form.append('request_id', requestId)
  return images(await ok('POST', `${EXT}/event/${event}/faces`, { form }))
}
const searchByBib = async (event: number, number: string) =>
  images(await ok('GET', `${EXT}/event/${event}/bibs/${number}`))

async function hideSelfie(event: number, who: Float32Array, lasting = 'true') {
  selfie = who
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  form.append('lasting', lasting)
  return ok('POST', `${MANAGE}/event/${event}/hidings/by-selfie`, { form })
}
const receiptOf = async (event: number, { hiding_id }: { hiding_id: string }) =>
  call('GET', `${MANAGE}/event/${event}/hidings/${hiding_id}/receipt`)
/** Waits until all is gone; its receipt. */
async function untilErased(event: number, hiding: { hiding_id: string }) {
  await expect.poll(async () => (await receiptOf(event, hiding)).status).toBe(200)
  return (await receiptOf(event, hiding)).body.data
}

/** Every row of every table, as PostgreSQL writes it. */
async function dump(): Promise<string> {
  const tables = await context.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not like 'pg\\_%'`,
  )
  const texts = []
  for (const { name } of tables.rows) {
    const { rows } = await context.pool.query(`select t::text as row from ${name} as t`)
    texts.push(...rows.map(({ row }) => row))
  }
  return texts.join('\n')
}
/** Every file of the data folder: objects, uploads, caches. */
async function files(): Promise<Buffer> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return Buffer.concat(
    await Promise.all(
      found
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name))),
    ),
  )
}
/** Where vectors lie rounded: they are to go whole. */
async function packedFiles(event: number): Promise<string[]> {
  const keys: string[] = []
  for await (const key of context.store.list(`events/${event}/faces`)) keys.push(key)
  return keys
}
async function isAnywhere(embedding: Float32Array): Promise<boolean> {
  const bytes = toBytes(embedding)
  const text = await dump()
  return (
    [bytes.toString('hex'), bytes.toString('base64'), String([...embedding])].some((form) =>
      text.includes(form),
    ) || (await files()).includes(bytes)
  )
}

test('who hides by selfie is found nowhere any more, in later photos neither; others are found as before', async () => {
  const event = await addEvent(system)
  const alone = await addPhoto(event, [ME, null])
  const both = await addPhoto(event, [ME, null], [OTHER, null])
  const theirs = await addPhoto(event, [OTHER, null])
  const stored = '018f0000-0000-7000-8000-000000000001'
  const storedOther = '018f0000-0000-7000-8000-000000000002'
  expect(await searchBySelfie(event, ME, stored)).toEqual([alone, both].sort())
  expect(await searchBySelfie(event, OTHER, storedOther)).toEqual([both, theirs].sort())
  expect(await isAnywhere(ME)).toBe(true)
  // The memory of another process.
  const elsewhere = openEventFaces(context, { maxBytes: 2 ** 26, leastInFile: 2 })
  const ask = (embedding: Float32Array) =>
    elsewhere.search({ eventId: event, model: FACE_MODEL, embedding, minCosine: 0.9 })
  expect(await ask(ME)).toHaveLength(2)
  await elsewhere.sweep()
  expect(await packedFiles(event)).toHaveLength(1)

  const hiding = await hideSelfie(event, ME)
  expect(hiding).toMatchObject({ kind: 'selfie', lasting: true, status: 'confirmed' })
  expect(await searchBySelfie(event, ME)).toEqual([])
  const receipt = await untilErased(event, hiding)
  expect(receipt).toMatchObject({
    keeps: 'the face, sealed',
    removed: { faces: 2, photos_with_face: 2, search_hits: 2, clips: 0 },
  })

  expect(await ask(ME)).toEqual([])
  expect(await ask(OTHER)).toHaveLength(2)
  expect(await searchBySelfie(event, ME, stored)).toEqual([])
  expect(await searchBySelfie(event, OTHER, storedOther)).toEqual([both, theirs].sort())
  expect(await isAnywhere(ME)).toBe(false)
  expect(await isAnywhere(OTHER)).toBe(true)
  await expect.poll(() => packedFiles(event)).toEqual([])

  await addPhoto(event, [ME, null])
  const late = await addPhoto(event, [OTHER, null], [ME, null])
  expect(await isAnywhere(ME)).toBe(false)
  expect(await searchBySelfie(event, OTHER)).toEqual([both, theirs, late].sort())
  const { photos } = await ok('GET', `${MANAGE}/event/${event}/photos?page_size=100`)
  expect(photos.map(({ faces: all }: { faces: unknown[] }) => all.length).sort()).toEqual([
    0, 0, 1, 1, 1,
  ])
})

test('another face model does not bring a hidden person back', async () => {
  const event = await addEvent(system)
  await addPhoto(event, [ME, null], [OTHER, null])
  await untilErased(event, await hideSelfie(event, ME))
  faces = [face(ME), face(OTHER, 300)]
  const { reindex } = followUps(context.queue.enqueue)
  const other = FACE_MODELS.find(({ dimensions, id }) => dimensions === 128 && id !== FACE_MODEL.id)
  if (!other) throw new Error('no second model of 128 numbers')
  await useModel({ db: context.db, reindex }, other)
  await untilIdle(system, event)
  const { rows } = await context.pool.query(
    'select model, embedding from face where event_id = $1',
    [event],
  )
  await useModel({ db: context.db, reindex }, FACE_MODEL)
  expect(rows).toEqual([{ model: other.id, embedding: toBytes(OTHER) }])
  await untilIdle(system, event)
})

test('a hiding that is not lasting keeps nothing, and holds for the photos there were', async () => {
  const event = await addEvent(system)
  await addPhoto(event, [ME, null])
  const hiding = await hideSelfie(event, ME, 'false')
  expect((await untilErased(event, hiding)).keeps).toBe('nothing')
  await untilIdle(system, event)
  const { hidings } = await ok('GET', `${MANAGE}/event/${event}/hidings`)
  expect(hidings).toMatchObject([{ keeps_face: false, status: 'erased' }])
  expect(await readdir(join(folder, `objects/events/${event}/hidings`)).catch(() => [])).toEqual([])
  const later = await addPhoto(event, [ME, null])
  expect(await searchBySelfie(event, ME)).toEqual([later])
})

test('who hides by bib is not found by number, name, face or keyword, nor by a part of the number', async () => {
  const event = await addEvent(system)
  const csv = 'bib,name\n1042,Ann Hidden\n104,Bob Shown\n7,Cy Shown\n'
  const startList = () =>
    call('PUT', `${MANAGE}/event/${event}/start-list`, { type: 'text/csv', body: Buffer.from(csv) })
  expect((await startList()).status).toBe(200)
  await addPhoto(event, [ME, '1042'], [OTHER, '7'])
  await addPhoto(event, [ME, '1042'])
  await addPhoto(event, [ME, null]) // the number cannot be seen
  const shown = await addPhoto(event, [OTHER, '7'])
  reads = [bib('1042'), bib('104')]
  faces = [face(ME)]
  await upload(system, event, ['two-reads.jpg', await jpeg()])
  expect(await searchByBib(event, '01042')).toHaveLength(3)
  expect(await searchByBib(event, '104')).toEqual([])

  const hiding = await ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, {
    json: { bib: ' 01042 ' },
  })
  const receipt = await untilErased(event, hiding)
  expect(receipt).toMatchObject({
    bib: '01042',
    keeps: 'the bib number',
    removed: { photos_with_bib: 3, participants: 1, faces: 4 },
  })
  const gone = async () => {
    expect(await searchByBib(event, '1042')).toEqual([])
    expect(await searchByBib(event, '104')).toEqual([])
    expect(await searchByBib(event, '7')).toContain(shown)
    expect(await searchBySelfie(event, ME)).toEqual([])
    expect(await searchBySelfie(event, OTHER)).toHaveLength(2)
    const text = await dump()
    expect(text).not.toContain('Ann Hidden')
    expect(text).toContain('Bob Shown')
    const { rows } = await context.pool.query(
      'select distinct text from bib_read where event_id = $1',
      [event],
    )
    expect(rows).toEqual([{ text: '7' }])
  }
  await gone()
  // A new start list, new photos, and a reviewer who does not know.
  expect((await startList()).status).toBe(200)
  await untilIdle(system, event)
  const late = await addPhoto(event, [ME, '1042'])
  await ok('PUT', `${MANAGE}/event/${event}/photos/${late}/bibs/1042`, {
    json: { verdict: 'confirmed' },
  })
  await gone()
})

test('what a participant asks waits for the organiser, who may refuse; then the face is gone', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event, [THIRD, '31'])
  selfie = THIRD
  const found = await findEvent(context.db, event)
  if (!found) throw new Error('no event')
  const { enqueueForget } = followUps(context.queue.enqueue)
  const deps = { ...context, ...context.recognition, enqueueForget }
  const by = { askedBy: 'a participant', isConfirmed: false }
  const selfies = [Buffer.from('a picture')]
  const asked = await askToHideSelfie(deps, { event: found, selfies, isLasting: true, by })
  expect(await searchBySelfie(event, THIRD)).toEqual([photo])
  expect((await receiptOf(event, { hiding_id: asked.id })).headers['x-error-code']).toBe(
    'receipt_not_ready',
  )
  await ok('DELETE', `${MANAGE}/event/${event}/hidings/${asked.id}`)
  expect(await readdir(join(folder, `objects/events/${event}/hidings`)).catch(() => [])).toEqual([])
  expect((await receiptOf(event, { hiding_id: asked.id })).headers['x-error-code']).toBe(
    'hiding_not_found',
  )

  const again = await askToHideBib(deps, { event: found, bib: '31', by })
  expect((await askToHideBib(deps, { event: found, bib: '0031', by })).id).toBe(again.id)
  expect(await searchByBib(event, '31')).toEqual([photo])
  const confirmed = await ok('POST', `${MANAGE}/event/${event}/hidings/${again.id}/confirm`)
  expect(confirmed).toMatchObject({ asked_by: 'a participant', confirmed_by: 'test' })
  await untilErased(event, confirmed)
  expect(await searchByBib(event, '31')).toEqual([])
})

test.each([
  ['selfie', (event: number) => hideSelfie(event, ME)],
  [
    'bib',
    (event: number) =>
      ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, { json: { bib: '12' } }),
  ],
] as const)(
  'who hides by %s leaves the videos too: tracks, matches, moments and clips, not those of others',
  async (_, hide) => {
    const event = await addEvent(system)
    const mine = await addPassing(context, event, { face: ME, bib: '12' })
    const theirs = await addPassing(context, event, { face: OTHER, bib: '77' })
    const { removed } = await untilErased(event, await hide(event))
    expect(removed).toMatchObject({
      video_tracks: 1,
      video_faces: 1,
      video_bib_readings: 1,
      video_matches: 1,
      video_moments: 1,
      clips: 1,
    })
    expect(await context.store.stat(mine.clipKey)).toBeUndefined()
    expect(await context.store.stat(theirs.clipKey)).toBeDefined()
    const tables = [
      'video',
      'video_track',
      'video_face',
      'video_match',
      'video_moment',
      'video_clip',
    ]
    const counts = await countRows(context, event, tables)
    expect(counts).toEqual({
      video: 2,
      video_track: 1,
      video_face: 1,
      video_match: 1,
      video_moment: 1,
      video_clip: 1,
    })
  },
)

test('in the gallery a participant asks, waits for the organiser, and is given the receipt', async () => {
  const event = await addEvent(system, { event_slug: 'hide-me', visibility: 'public' })
  const photo = await addPhoto(event, [THIRD, '55'])
  const gallery = '/api/v1/gallery/hide-me/hide-me'
  selfie = THIRD
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  const asked = await ok('POST', `${gallery}/selfie`, { form, key: null })
  expect(asked.status).toBe('asked')
  expect(await searchBySelfie(event, THIRD)).toEqual([photo])
  const { hidings } = await ok('GET', `${MANAGE}/event/${event}/hidings`)
  expect(hidings).toMatchObject([{ hiding_id: asked.hiding_id, asked_by: 'a participant' }])
  // The organiser sees whom it concerns; looking hides nobody.
  const there = `${MANAGE}/event/${event}/hidings`
  const preview = await ok('GET', `${there}/${asked.hiding_id}/preview`)
  expect(preview).toMatchObject({
    photos: 1,
    video_passes: 0,
    bibs: [{ bib: '55', photos: 1 }],
    samples: [{ image_id: photo, boxes: [[80, 20, 40, 40]] }],
  })
  expect(await searchBySelfie(event, THIRD)).toEqual([photo])
  const listed = async (status: string) =>
    (await ok('GET', `${there}?status=${status}`)).pagination.total
  expect([await listed('asked'), await listed('confirmed'), await listed('erased')]).toEqual([
    1, 0, 0,
  ])
  await ok('POST', `${MANAGE}/event/${event}/hidings/${asked.hiding_id}/confirm`)
  await untilErased(event, asked)
  const { status, receipt } = await ok('GET', `${gallery}/${asked.hiding_id}`, { key: null })
  expect([status, receipt.removed.faces]).toEqual(['erased', 1])
  expect([await listed('asked'), await listed('confirmed'), await listed('erased')]).toEqual([
    0, 0, 1,
  ])
  expect(await searchBySelfie(event, THIRD)).toEqual([])

  // What the organiser hid is nobody else's business; nor is anything of a locked gallery.
  const own = await ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, { json: { bib: '55' } })
  expect((await call('GET', `${gallery}/${own.hiding_id}`, { key: null })).status).toBe(404)
  await addEvent(system, { event_slug: 'locked', visibility: 'link' })
  const locked = await call('POST', '/api/v1/gallery/locked/hide-me/bib', {
    json: { bib: '1' },
    key: null,
  })
  expect(locked.headers['x-error-code']).toBe('gallery_locked')
  const codes = []
  for (let i = 0; i < 12; i++)
    codes.push((await call('POST', `${gallery}/bib`, { json: { bib: `${i}` }, key: null })).status)
  expect(codes.at(-1)).toBe(429)
})

test('a receipt is genuine as it is and in no other form', async () => {
  const event = await addEvent(system, { event_name: 'Run of "quotes" & ünïcode' })
  await addPhoto(event, [ME, '5'])
  const hiding = await ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, { json: { bib: '5' } })
  const receipt = await untilErased(event, hiding)
  const verify = async (changed: object) =>
    (await call('POST', `${MANAGE}/receipts/verify`, { json: changed })).body.data?.verdict
  expect(await verify(receipt)).toBe('genuine')
  const reordered = Object.fromEntries(Object.entries(receipt).reverse())
  expect(await verify(reordered)).toBe('genuine')
  expect(await verify({ ...receipt, removed: { ...receipt.removed, faces: 9 } })).toBe('changed')
  expect(await verify({ ...receipt, bib: '6' })).toBe('changed')
  const key = 'A'.repeat(43)
  expect(await verify({ ...receipt, public_key: key })).toBe('of another installation')
  for (let i = 0; i < receipt.signature.length; i++) {
    const letter = receipt.signature[i] === 'A' ? 'B' : 'A'
    const signature = receipt.signature.slice(0, i) + letter + receipt.signature.slice(i + 1)
    expect([i, await verify({ ...receipt, signature })]).toEqual([i, 'changed'])
  }
  // The last letter holds bits that decode to nothing.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const twin = letters[letters.indexOf(receipt.signature.at(-1)) + 1]
  const signature = receipt.signature.slice(0, -1) + twin
  expect(Buffer.from(signature, 'base64url')).toEqual(Buffer.from(receipt.signature, 'base64url'))
  expect(await verify({ ...receipt, signature })).toBe('changed')
})
