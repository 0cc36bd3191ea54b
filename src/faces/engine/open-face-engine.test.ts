import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Sharp } from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openNet } from '../../inference/session.ts'
import type { Picture } from '../../media/picture.ts'
import { sharp } from '../../media/sharp.ts'
import { FACE_MODEL } from './face-model.ts'
import type { FoundFace } from './found-face.ts'
import { type FaceEngine, openFaceEngine } from './open-face-engine.ts'

const facePackage = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')
const sample = (number: number) =>
  sharp(path.join(path.dirname(facePackage), 'demo', `sample${number}.jpg`))
const MIN_COSINE = FACE_MODEL.cosineOf(FACE_MODEL.defaultPercentage)

let dir: string
let engine: FaceEngine
/** Three people each; the one at the right of the first stands in the middle of the third. */
let first: FoundFace[]
let third: FoundFace[]

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'face-engine-'))
  engine = await openFaceEngine({ cacheDir: dir, modelsDir: dir, openNet }, FACE_MODEL)
  first = fromLeft(await engine.findFaces(await decode(sample(1))))
  third = fromLeft(await engine.findFaces(await decode(sample(3))))
})
afterAll(async () => {
  await engine?.release()
  await rm(dir, { recursive: true })
})

test('each of the three people in a photo is found where she is, with eyes over nose over mouth', () => {
  expect(first.map(({ box }) => Math.round(box[0] / 100))).toEqual([4, 8, 15])
  for (const { box, landmarks } of first) {
    const [leftEyeX, leftEyeY, rightEyeX, , noseX, noseY, , mouthY] = landmarks as number[]
    expect(leftEyeX).toBeGreaterThan(box[0])
    expect(leftEyeX).toBeLessThan(rightEyeX!)
    expect(leftEyeY).toBeLessThan(noseY!)
    expect(noseY).toBeLessThan(mouthY!)
    expect(noseX).toBeLessThan(box[0] + box[2])
  }
})

test('embeddings have unit length, name their model and fit the reach of the quantiser', () => {
  for (const { embedding, model } of [...first, ...third]) {
    expect(embedding).toHaveLength(FACE_MODEL.dimensions)
    expect(cosine(embedding, embedding)).toBeCloseTo(1, 5)
    expect(model).toBe(FACE_MODEL.id)
    expect(Math.max(...embedding.map(Math.abs))).toBeLessThan(FACE_MODEL.quantiserReach)
  }
})

test('a person in two photos matches herself and nobody else', () => {
  const query = first[2]!.embedding

  expect(third.map(({ embedding }) => cosine(query, embedding) >= MIN_COSINE)).toEqual([
    false,
    true,
    false,
  ])
  expect(cosine(query, first[0]!.embedding)).toBeLessThan(MIN_COSINE)
  expect(cosine(query, first[1]!.embedding)).toBeLessThan(MIN_COSINE)
})

test('a crop that the face fills is found as a selfie and matches another photo of her', async () => {
  const [left, top, width, height] = first[2]!.box.map(Math.round) as [
    number,
    number,
    number,
    number,
  ]
  const tight = await decode(sample(1).extract({ left, top, width, height }).resize({ width: 450 }))

  const selfie = await engine.findSelfie(tight)

  expect(selfie?.box[2]).toBeGreaterThan(0.7 * tight.width)
  expect(cosine(selfie!.embedding, third[1]!.embedding)).toBeGreaterThan(MIN_COSINE)
})

test('the largest of several faces is what a selfie is about', async () => {
  const selfie = await engine.findSelfie(await decode(sample(3)))

  expect(cosine(selfie!.embedding, third[1]!.embedding)).toBeGreaterThan(0.98)
})

test('faces of 26 px in a large photo are found, and their quality is lower', async () => {
  const small = await sample(3).resize({ width: 240 }).png().toBuffer()
  const far = await decode(
    sharp({ create: { width: 1280, height: 960, channels: 3, background: '#6b7a5c' } }).composite([
      { input: small, left: 800, top: 500 },
    ]),
  )

  const faces = fromLeft(await engine.findFaces(far))

  expect(faces).toHaveLength(3)
  for (const [i, { box, quality }] of faces.entries()) {
    const [x, y] = third[i]!.box
    expect(Math.abs(box[0] - 800 - x / 8)).toBeLessThan(8)
    expect(Math.abs(box[1] - 500 - y / 8)).toBeLessThan(8)
    expect(quality).toBeLessThan(third[i]!.quality)
  }
})

test('a picture without a face gives nothing', async () => {
  const grass = await decode(
    sharp({
      create: {
        width: 900,
        height: 700,
        channels: 3,
        background: '#406030',
        noise: { type: 'gaussian', mean: 110, sigma: 40 },
      },
    }),
  )

  expect(await engine.findSelfie(grass)).toBeUndefined()
  expect(await engine.findFaces(grass)).toEqual([])
})

async function decode(image: Sharp): Promise<Picture> {
  const { data, info } = await image
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const shared = new Uint8Array(new SharedArrayBuffer(data.length))
  shared.set(data)
  return { data: shared, width: info.width, height: info.height }
}

const fromLeft = (faces: FoundFace[]) => faces.toSorted((a, b) => a.box[0] - b.box[0])

const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)
