import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MANIFEST } from '../manifest.ts'
import { convertDlibResnet } from './dlib-resnet.ts'
import { convertLandmarks68 } from './landmarks-68.ts'
import { readWeights } from './read-weights.ts'
import { convertSsdMobilenet, convertSsdPriors } from './ssd-mobilenet.ts'

/** Paths of the converted nets. */
export type FaceModelFiles = {
  readonly embedder: string
  /** In bytes: a third of the CPU. */
  readonly detector: string
  /** The same in floats. */
  readonly exactDetector: string
  readonly detectorPriors: string
  readonly landmarks: string
}

/**
 * Makes the face nets ready: converts the weights inside `@vladmandic/face-api` into `cacheDir`, once (0.7 s), and
 * compares every file with the sha256 in `models/manifest.json` at each call. A missing or damaged file is made again.
 * Processes may do this at the same time: each writes a temporary file and renames it to the same bytes.
 *
 * @throws when the conversion gives other bytes than the manifest names: another version of the package is installed
 */
export async function prepareFaceModels(cacheDir: string): Promise<FaceModelFiles> {
  await mkdir(cacheDir, { recursive: true })
  const prepare = (name: FaceFile) => prepareFile(cacheDir, name)
  return {
    embedder: await prepare('dlib-resnet.onnx'),
    detector: await prepare('ssd-mobilenet-bytes.onnx'),
    exactDetector: await prepare('ssd-mobilenet.onnx'),
    detectorPriors: await prepare('ssd-priors.f32'),
    landmarks: await prepare('landmarks-68.onnx'),
  }
}

type FaceFile =
  | 'dlib-resnet.onnx'
  | 'ssd-mobilenet-bytes.onnx'
  | 'ssd-mobilenet.onnx'
  | 'ssd-priors.f32'
  | 'landmarks-68.onnx'
const CONVERSIONS: Record<FaceFile, () => Promise<Buffer>> = {
  'dlib-resnet.onnx': async () => convertDlibResnet(await readWeights('face_recognition_model')),
  'ssd-mobilenet-bytes.onnx': async () =>
    convertSsdMobilenet(await readWeights('ssd_mobilenetv1_model'), 'bytes'),
  'ssd-mobilenet.onnx': async () =>
    convertSsdMobilenet(await readWeights('ssd_mobilenetv1_model'), 'floats'),
  'ssd-priors.f32': async () => convertSsdPriors(await readWeights('ssd_mobilenetv1_model')),
  'landmarks-68.onnx': async () => convertLandmarks68(await readWeights('face_landmark_68_model')),
}

async function prepareFile(cacheDir: string, name: FaceFile): Promise<string> {
  const file = path.join(cacheDir, name)
  const sha256 = MANIFEST.faces.files[name]?.sha256
  const cached = await readIfThere(file)
  if (cached && sha256Of(cached) === sha256) return file

  const converted = await CONVERSIONS[name]()
  const found = sha256Of(converted)
  if (found !== sha256)
    throw new Error(
      `${name} converted from ${MANIFEST.faces.source} has sha256 ${found}, models/manifest.json says ${sha256}`,
    )
  await replaceFile(file, converted)
  return file
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function replaceFile(file: string, content: Buffer): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content)
    await rename(temporary, file)
  } finally {
    await rm(temporary, { force: true })
  }
}

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex')
