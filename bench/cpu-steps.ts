import { readFile } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { openBibEngine } from '../src/bibs/engine/open-bib-engine.ts'
import { readConfig } from '../src/config.ts'
import { FACE_MODEL } from '../src/faces/engine/face-model.ts'
import { openFaceEngine } from '../src/faces/engine/open-face-engine.ts'
import { decodePicture } from '../src/media/decode-picture.ts'
import { readCaptureData } from '../src/media/read-exif.ts'
import { drawPreviews } from '../src/stamp/draw-preview.ts'
import { textMark } from '../src/stamp/text-mark.ts'

/** CPU seconds a photo by step, and what the process took. */
export type StepCosts = {
  cpuSeconds: { decode: number; stamp: number; bibs: number; faces: number }
  peakBytes: number
  megapixels: number
}

// A program: paths on standard input, `StepCosts` on standard output. One thing at a time, so that the CPU time of the
// process is that of the step, whichever of its threads worked.
const paths = (await json(process.stdin)) as string[]
const bibs = await openBibEngine()
const faces = await openFaceEngine(readConfig(), FACE_MODEL)
const mark = textMark('Benchmark')

const total = { decode: 0, stamp: 0, bibs: 0, faces: 0 }
let pixels = 0

async function timed<T>(step: keyof typeof total, run: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  total[step] += (user + system) / 1e6
  return result
}

async function processOne(path: string): Promise<void> {
  const picture = await timed('decode', async () => {
    const bytes = await readFile(path)
    await readCaptureData(bytes)
    return decodePicture(bytes)
  })
  await timed('stamp', () => drawPreviews(picture, mark))
  const found = await timed('faces', () => faces.findFaces(picture))
  const boxes = found.map(({ box }) => box)
  await timed('bibs', () => bibs.readBibs(picture, boxes))
  pixels += picture.width * picture.height
}

await processOne(paths[0]!) // first runs of the networks allocate
Object.assign(total, { decode: 0, stamp: 0, bibs: 0, faces: 0 })
pixels = 0
for (const path of paths) await processOne(path)

const share = (sum: number) => sum / paths.length
const costs: StepCosts = {
  cpuSeconds: {
    decode: share(total.decode),
    stamp: share(total.stamp),
    bibs: share(total.bibs),
    faces: share(total.faces),
  },
  peakBytes: process.resourceUsage().maxRSS * 1024,
  megapixels: share(pixels) / 1e6,
}
console.log(JSON.stringify(costs))
