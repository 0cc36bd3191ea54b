import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNet } from '../../inference/session.ts'
import { decodePicture } from '../../media/decode-picture.ts'
import { sharp } from '../../media/sharp.ts'
import { FACE_MODELS } from '../engine/face-model.ts'
import type { FoundFace } from '../engine/found-face.ts'
import { type FaceEngine, openFaceEngine } from '../engine/open-face-engine.ts'
import { hasDownloadedFiles, installDownloaded } from './downloaded-files.fixture.ts'

const facePackage = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')
const sample = (number: number) =>
  sharp(path.join(path.dirname(facePackage), 'demo', `sample${number}.jpg`))
const packs = FACE_MODELS.filter(({ name }) => name !== 'built-in')

describe.skipIf(!hasDownloadedFiles).each(packs)('$name, as it is downloaded', (model) => {
  let dir: string
  let engine: FaceEngine
  /** Three people each; the one at the right of the first stands in the middle of the third. */
  let first: FoundFace[]
  let third: FoundFace[]
  const accepts = (a: FoundFace, b: FoundFace) =>
    cosine(a, b) >= model.cosineOf(model.defaultPercentage)

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'trackside-packs-'))
    await installDownloaded(dir, [model.name])
    engine = await openFaceEngine({ cacheDir: dir, modelsDir: dir, openNet }, model)
    first = fromLeft(await engine.findFaces(await decode(sample(1))))
    third = fromLeft(await engine.findFaces(await decode(sample(3))))
  })
  afterAll(async () => {
    await engine?.release()
    await rm(dir, { recursive: true })
  })

  test('finds the three people of each photo, as vectors that fit its index', () => {
    expect([first.length, third.length]).toEqual([3, 3])
    for (const { embedding, model: id } of [...first, ...third]) {
      expect(id).toBe(model.id)
      expect(embedding).toHaveLength(model.dimensions)
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5)
      expect(Math.max(...embedding.map(Math.abs))).toBeLessThan(model.quantiserReach)
    }
  })

  test('tells the one who is on both photos from the others, as its percentages stand', () => {
    expect(third.map((face) => accepts(first[2]!, face))).toEqual([false, true, false])
    expect(first.map((face) => accepts(third[1]!, face))).toEqual([false, false, true])
  })

  test('finds a face that fills the selfie, and her on another photo', async () => {
    const [left, top, width, height] = first[2]!.box.map(Math.round) as [
      number,
      number,
      number,
      number,
    ]
    const tight = sample(1).extract({ left, top, width, height }).resize({ width: 450 })
    const selfie = await engine.findSelfie(await decode(tight))
    expect(selfie && accepts(selfie, third[1]!)).toBe(true)
  })
})

const decode = async (image: Sharp) => decodePicture(await image.png().toBuffer())
const fromLeft = (faces: FoundFace[]) => faces.toSorted((a, b) => a.box[0] - b.box[0])
const cosine = (a: FoundFace, b: FoundFace) =>
  a.embedding.reduce((sum, value, i) => sum + value * b.embedding[i]!, 0)
