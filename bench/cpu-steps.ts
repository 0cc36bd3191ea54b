import { readFile } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { openBibEngine } from '../src/bibs/engine/open-bib-engine.ts'
import { readConfig } from '../src/config.ts'
import { FACE_MODEL } from '../src/faces/engine/face-model.ts'
import { openFaceEngine } from '../src/faces/engine/open-face-engine.ts'
import { type Net, type OpenNet, openByteNet, openNet } from '../src/inference/session.ts'
import { decodePicture } from '../src/media/decode-picture.ts'
import { readCaptureData } from '../src/media/read-exif.ts'
import { drawPreviews } from '../src/stamp/draw-preview.ts'
import { textMark } from '../src/stamp/text-mark.ts'

/** CPU seconds a photo by step, and what the process took. */
export type StepCosts = {
  cpuSeconds: { decode: number; stamp: number; bibs: number; faces: number }
  /** What each net had of its step; the rest is scaling, cutting, and making sense of what nets say. */
  netSeconds: { bibs: Record<string, number>; faces: Record<string, number> }
  peakBytes: number
  megapixels: number
}

// A program: paths on standard input, `StepCosts` on standard output. One thing at a time, so that the CPU time of the
// process is that of the step, whichever of its threads worked.
const paths = (await json(process.stdin)) as string[]
const total = { decode: 0, stamp: 0, bibs: 0, faces: 0 }
const nets: StepCosts['netSeconds'] = { bibs: {}, faces: {} }
let pixels = 0

const bibs = await openBibEngine({
  openNet: watched(openNet, nets.bibs),
  openByteNet: watched(openByteNet, nets.bibs),
})
const faces = await openFaceEngine(
  { ...readConfig(), openNet: watched(openNet, nets.faces) },
  FACE_MODEL,
)
const mark = textMark('Benchmark')

/** Opens nets that note by their names what they spend. */
function watched<Output>(
  open: (model: string | Uint8Array) => Promise<Net<Output>>,
  spent: Record<string, number>,
): OpenNet<Output> {
  return async (model, name) => {
    const net = await open(model)
    spent[name] = 0
    return { ...net, run: (input) => timed(spent, name, () => net.run(input)) }
  }
}

async function timed<Step extends string, T>(
  spent: Record<Step, number>,
  step: Step,
  run: () => Promise<T>,
): Promise<T> {
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  spent[step] += (user + system) / 1e6
  return result
}

async function processOne(path: string): Promise<void> {
  const picture = await timed(total, 'decode', async () => {
    const bytes = await readFile(path)
    await readCaptureData(bytes)
    return decodePicture(bytes)
  })
  await timed(total, 'stamp', () => drawPreviews(picture, mark))
  const found = await timed(total, 'faces', () => faces.findFaces(picture))
  const boxes = found.map(({ box }) => box)
  await timed(total, 'bibs', () => bibs.readBibs(picture, boxes))
  pixels += picture.width * picture.height
}

await processOne(paths[0]!) // first runs of the networks allocate
Object.assign(total, { decode: 0, stamp: 0, bibs: 0, faces: 0 })
for (const spent of Object.values(nets)) for (const name of Object.keys(spent)) spent[name] = 0
pixels = 0
for (const path of paths) await processOne(path)

const share = (sum: number) => sum / paths.length
const shares = (sums: Record<string, number>) =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, share(sum)]))
const costs: StepCosts = {
  cpuSeconds: {
    decode: share(total.decode),
    stamp: share(total.stamp),
    bibs: share(total.bibs),
    faces: share(total.faces),
  },
  netSeconds: { bibs: shares(nets.bibs), faces: shares(nets.faces) },
  peakBytes: process.resourceUsage().maxRSS * 1024,
  megapixels: share(pixels) / 1e6,
}
console.log(JSON.stringify(costs))
