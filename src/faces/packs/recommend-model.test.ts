import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MANIFEST } from '../manifest.ts'
import { describeModels } from './describe-models.ts'
import { recommendModel } from './recommend-model.ts'

const models = async () => {
  const modelsDir = await mkdtemp(join(tmpdir(), 'trackside-models-'))
  try {
    return await describeModels(MANIFEST, modelsDir)
  } finally {
    await rm(modelsDir, { recursive: true })
  }
}

test('who uses the built-in model is told the command that gets a better one, on one line', async () => {
  const told = recommendModel(await models(), MANIFEST.faces.models['built-in']?.id)
  expect(told).toContain(
    'npx trackside models install yunet-fused && npx trackside models use yunet-fused',
  )
  expect(told).not.toContain('\n')
})

test('a model that is there already is only to be used', async () => {
  const there = (await models()).map((model) => ({ ...model, isInstalled: true }))
  const told = recommendModel(there, MANIFEST.faces.models['built-in']?.id)
  expect(told).toMatch(/: npx trackside models use yunet-fused$/)
})

test('nothing is recommended to who uses the best, or may use it already', async () => {
  const known = await models()
  expect(recommendModel(known, MANIFEST.faces.models['yunet-fused']?.id)).toBeUndefined()
  const there = known.map((model) => ({ ...model, isInstalled: true }))
  expect(recommendModel(there, undefined)).toBeUndefined()
  expect(recommendModel(known, undefined)).toContain('models install yunet-fused')
})
