import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bibKeywords } from '../media/bib-keywords.ts'
import { probePicture } from '../media/probe-picture.ts'
import { readCaptureData } from '../media/read-exif.ts'
import { type Demo, makeDemo } from './make-demo.ts'

let directory: string
let demo: Demo

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trackside-demo-'))
  demo = await makeDemo(directory, { photos: 6 })
})

afterAll(() => rm(directory, { recursive: true }))

test('the photos and selfies are readable pictures', async () => {
  expect(demo.photos).toHaveLength(6)
  expect(new Set(demo.photos).size).toBe(6)
  for (const path of demo.photos) {
    expect(await probePicture(path)).toMatchObject({ width: 2400, height: 1600, format: 'jpeg' })
  }
  for (const path of demo.selfies) {
    expect(await probePicture(path)).toMatchObject({ width: 900, height: 900, format: 'jpeg' })
  }
})

test('the truth names one to three runners a photo, all of them in the start list and with a selfie', () => {
  expect(demo.truth.map(({ photo }) => photo)).toEqual(demo.photos)
  const starters = demo.startList.trim().split('\n').slice(1)
  const selfies = demo.selfies.map((path) => basename(path, '.jpg'))
  for (const { bibs, runners } of demo.truth) {
    expect(bibs.length).toBeGreaterThanOrEqual(1)
    expect(bibs.length).toBeLessThanOrEqual(3)
    expect(new Set(bibs).size).toBe(bibs.length)
    expect(selfies).toEqual(expect.arrayContaining([...bibs]))
    const rows = bibs.map((bib, i) => `${bib},${runners[i]}`)
    expect(starters).toEqual(expect.arrayContaining(rows))
  }
})

test.each([
  ['Canon EOS R6', 120, 0],
  ['NIKON Z 6_2', null, 2],
  ['ILCE-7M4', null, -420],
] as const)('%s writes the offset %j and its clock is %d s wrong', async (model, offset, error) => {
  const photos = demo.truth.filter(({ camera }) => camera === model)
  expect(photos).toHaveLength(2)
  for (const { photo, takenAt } of photos) {
    const { wallTime, offsetMinutes, camera } = await readCaptureData(photo)
    expect(offsetMinutes).toBe(offset)
    expect(camera).toMatch(new RegExp(`${model} \\d+$`))
    expect(wallTime).toMatch(/\.\d\d$/)
    const clock = Date.parse(`${wallTime}+02:00`) - takenAt.getTime()
    expect(Math.abs(clock - error * 1000)).toBeLessThan(10) // sub-seconds are hundredths
  }
})

test('keywords, where a photographer gave some, name the bibs of the photo', async () => {
  const tagged = []
  for (const { photo, bibs } of demo.truth) {
    const { keywords } = await readCaptureData(photo)
    if (keywords.length > 0) tagged.push(expect(bibKeywords(keywords)).toEqual(bibs))
  }
  expect(tagged.length).toBeGreaterThan(0)
})

test('the same seed makes the same pictures, another seed others', async () => {
  const [again, other] = [join(directory, 'again'), join(directory, 'other')]
  const [first] = (await makeDemo(again, { photos: 1 })).photos
  const [same] = (await makeDemo(join(directory, 'same'), { photos: 1 })).photos
  const [changed] = (await makeDemo(other, { photos: 1, seed: 2 })).photos
  expect(await readFile(same!)).toEqual(await readFile(first!))
  expect(await readFile(changed!)).not.toEqual(await readFile(first!))
})
