import type { Config } from '../../config.ts'
import { describeModels, MANIFEST, recommendModel } from '../../faces/index.ts'
import { prepareFaceModels } from '../../faces/weights/prepare-face-models.ts'
import { type Finding, fail, messageOf, ok } from './finding.ts'

/** Converts the networks if need be, compares their checksums, and loads one. */
export async function checkModels({ cacheDir }: Pick<Config, 'cacheDir'>): Promise<Finding[]> {
  let landmarks: string
  try {
    landmarks = (await prepareFaceModels(cacheDir)).landmarks
  } catch (error) {
    return [
      fail(
        `Face models cannot be made in ${cacheDir}: ${messageOf(error)}; see TRACKSIDE_CACHE, or run "npm ci" again`,
      ),
    ]
  }
  const models = ok(`Face models in ${cacheDir} are whole`)
  try {
    const { openNet } = await import('../../inference/session.ts') // a broken native part is what is looked for
    await (await openNet(landmarks)).release()
    return [models, ok('onnxruntime loads and opens a network')]
  } catch (error) {
    const how = 'run "npm ci" again; on Alpine Linux use an image with glibc, such as node:24-slim'
    return [models, fail(`onnxruntime does not load: ${messageOf(error)}; ${how}`)]
  }
}

/** No check that fails or warns: the built-in model does its work. */
export async function checkBetterModel({ modelsDir }: Pick<Config, 'modelsDir'>): Promise<Finding> {
  const models = await describeModels(MANIFEST, modelsDir)
  const better = recommendModel(models, undefined)
  return ok(
    better ?? `Face model ${models.at(-1)?.name} is installed; in use: see "trackside models list"`,
  )
}

export async function checkPictures(): Promise<Finding> {
  try {
    const { sharp } = await import('../../media/sharp.ts')
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer()
    const { heif } = sharp.format
    const suffixes: readonly string[] = heif.input.fileSuffix ?? []
    const heic = suffixes.includes('.heic')
      ? ', HEIC'
      : '; not HEIC (iPhones send JPEG when set to "Most Compatible")'
    return ok(`sharp ${sharp.versions.sharp} reads JPEG, PNG, WebP, TIFF, AVIF${heic}`)
  } catch (error) {
    return fail(`sharp does not load: ${messageOf(error)}; run "npm ci --include=optional" again`)
  }
}
