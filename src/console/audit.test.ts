import { expect, test } from 'vitest'
import { addEvent, EXT, jpeg, MANAGE, startSystem, upload } from '../../test/test-deps.ts'
import type { BibReader } from '../bibs/index.ts'

type Read = Awaited<ReturnType<BibReader>>[number]
const read = (text: string, x = 100): Read => ({
  text,
  score: 0.95,
  fullText: text,
  kind: 'digits',
  box: [x, 100, 80, 40],
})
let reads: Read[] = []
const system = await startSystem({ bibReader: async () => reads })
const { ok, call } = system

async function addPhotos(event: number, ...bibs: string[][]): Promise<string[]> {
  const ids: string[] = []
  for (const own of bibs) {
    reads = own.map((bib, i) => read(bib, 100 + 150 * i))
    const [photo] = await upload(system, event, ['a.jpg', await jpeg()])
    ids.push(photo!.image_id)
  }
  return ids
}

test('a sample is judged: precision, recall and coverage with intervals, and the answers correct the photos', async () => {
  const event = await addEvent(system)
  const [first, second, third, fourth] = await addPhotos(
    event,
    ['1042', '2000'],
    ['31'],
    [],
    ['7777'],
  )
  const audit = `${MANAGE}/event/${event}/audits/7`
  expect(await ok('PUT', audit, { json: { photos: 50 } })).toMatchObject({
    photos: 4,
    judged: 0,
    precision: { of: 0, value: null, low: 0, high: 1 },
  })
  const judge = (id: string | undefined, bibs: string[]) =>
    ok('PUT', `${audit}/photos/${id}`, { json: { bibs } })
  await judge(first, ['1042']) // 2000 is a sign
  await judge(second, ['31', '555']) // 555 was missed
  await judge(third, ['8'])
  const report = await judge(fourth, [])
  expect(report).toMatchObject({
    judged: 4,
    precision: {
      count: 2,
      of: 4,
      value: 0.5,
      low: expect.closeTo(0.15, 2),
      high: expect.closeTo(0.85, 2),
    },
    recall: { count: 2, of: 4 },
    coverage: { count: 2, of: 3 },
  })
  const found = async (bib: string) =>
    (await ok('GET', `${EXT}/event/${event}/bibs/${bib}`)).pagination.total
  expect(await Promise.all(['1042', '2000', '555', '7777', '8'].map(found))).toEqual([
    1, 0, 1, 0, 1,
  ])
  // What people said does not flatter the machine.
  const { report: again } = await ok('GET', audit)
  expect(again).toEqual(report)

  // Second thoughts.
  expect(await judge(first, ['1042', '2000'])).toMatchObject({ precision: { count: 3, of: 4 } })
  expect(await found('2000')).toBe(1)
})

test('the same seed draws the same photos, a larger sample keeps what it had', async () => {
  const event = await addEvent(system)
  await addPhotos(event, ...Array.from({ length: 6 }, () => []))
  const sample = async (seed: number, photos: number) => {
    const url = `${MANAGE}/event/${event}/audits/${seed}`
    await ok('PUT', url, { json: { photos } })
    return (await ok('GET', url)).photos.map(({ image_id }: { image_id: string }) => image_id)
  }
  const three = await sample(1, 3)
  expect(three).toHaveLength(3)
  expect(await sample(1, 2)).toEqual(three)
  const five = await sample(1, 5)
  expect(five.slice(0, 3)).toEqual(three)
  expect(new Set(five).size).toBe(5)
  const others = await Promise.all([2, 3, 4].map((seed) => sample(seed, 3)))
  expect(others.some((other) => String(other) !== String(three))).toBe(true)
})

test('a photo that is not in the sample cannot be judged in it', async () => {
  const event = await addEvent(system)
  const [photo] = await addPhotos(event, [])
  const answer = await call('PUT', `${MANAGE}/event/${event}/audits/1/photos/${photo}`, {
    json: { bibs: [] },
  })
  expect([answer.status, answer.headers['x-error-code']]).toEqual([404, 'photo_not_found'])
})
