import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, untilIdle, upload } from '../../test/test-deps.ts'
import { FACE_MODELS } from '../faces/engine/face-model.ts'
import { FACE_MODEL, openEventFaces, toBytes, useModel } from '../faces/index.ts'
import { followUps } from '../pipeline.ts'
import { bib, face, ME, OTHER, startSystemOfPeople } from './people.fixture.ts'
import { addPassing, countRows } from './video-rows.fixture.ts'

const people = await startSystemOfPeople()
const {
  system,
  seen,
  addPhoto,
  searchBySelfie,
  searchByBib,
  hideSelfie,
  untilErased,
  dump,
  packedFiles,
  isAnywhere,
} = people
const { ok, call, context, folder } = system

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
  seen.faces = [face(ME), face(OTHER, 300)]
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
  seen.reads = [bib('1042'), bib('104')]
  seen.faces = [face(ME)]
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
