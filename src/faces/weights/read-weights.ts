import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

/** One weight as TensorFlow.js keeps it: row-major, channels last. */
export type Weight = { readonly data: Float32Array; readonly shape: readonly number[] }
/** The weight of this name. Throws when the net has none. */
export type Weights = (name: string) => Weight

type ManifestGroup = {
  readonly paths: readonly string[]
  readonly weights: ReadonlyArray<{
    readonly name: string
    readonly shape: readonly number[]
    readonly quantization?: { dtype: string; scale: number; min: number }
  }>
}

/**
 * Reads the weights of one net inside the npm package `@vladmandic/face-api`: a TensorFlow.js manifest beside a binary
 * file, either float32 (little-endian) or one byte a value with a scale and a minimum for each weight.
 *
 * @param net e.g. `face_recognition_model`
 * @throws when the binary file is longer or shorter than its manifest says
 */
export async function readWeights(net: string): Promise<Weights> {
  const dir = modelDir()
  const manifest = await readFile(path.join(dir, `${net}-weights_manifest.json`), 'utf8')
  const groups: readonly ManifestGroup[] = JSON.parse(manifest)
  const files = groups.flatMap(({ paths }) => paths)
  const blob = Buffer.concat(await Promise.all(files.map((file) => readFile(path.join(dir, file)))))

  const weights = new Map<string, Weight>()
  let at = 0
  for (const { name, shape, quantization } of groups.flatMap((group) => group.weights)) {
    const data = new Float32Array(shape.reduce((count, length) => count * length, 1))
    if (quantization) {
      const { dtype, scale, min } = quantization
      if (dtype !== 'uint8') throw new Error(`${net}: ${name} is quantised as ${dtype}`)
      for (let i = 0; i < data.length; i++) data[i] = blob.readUInt8(at + i) * scale + min
      at += data.length
    } else {
      for (let i = 0; i < data.length; i++) data[i] = blob.readFloatLE(at + 4 * i)
      at += 4 * data.length
    }
    weights.set(name, { data, shape })
  }
  if (at !== blob.length) throw new Error(`${net}: read ${at} of ${blob.length} bytes`)

  return (name) => {
    const weight = weights.get(name)
    if (!weight) throw new Error(`${net} has no weight ${name}`)
    return weight
  }
}

function modelDir(): string {
  const manifest = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')
  return path.join(path.dirname(manifest), 'model')
}
