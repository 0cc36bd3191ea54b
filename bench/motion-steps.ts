import { readFile } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { openBibEngine } from '../src/bibs/engine/open-bib-engine.ts'
import { readConfig } from '../src/config.ts'
import { FACE_MODEL } from '../src/faces/engine/face-model.ts'
import { openFaceEngine } from '../src/faces/engine/open-face-engine.ts'
import { openByteNet, openNet } from '../src/inference/session.ts'
import { probeVideo } from '../src/media/probe-video.ts'
import { createRunTool } from '../src/media/run-ffmpeg.ts'
import { sampleFrames } from '../src/media/sample-frames.ts'
import { watchFootage } from '../src/motion/index-segment.ts'

/** CPU seconds of one video by step. */
export type MotionCosts = {
  footageSeconds: number
  /** Of ffmpeg alone while nothing looks at the frames. */
  plainDecode: number
  decode: number
  locate: number
  describe: number
  bibs: number
  /** Following, cutting out torsos, moving pixels. */
  rest: number
  tracks: number
  reads: number
  peakBytes: number
}

const SAMPLE_FPS = 5

// A program: the path of a video on standard input, `MotionCosts` on standard output.
const path = (await json(process.stdin)) as string
const config = readConfig()
const runTool = createRunTool(config.toolEnvironment)
const bibs = await openBibEngine({ openNet, openByteNet })
const faces = await openFaceEngine({ ...config, openNet }, FACE_MODEL)
const facts = await probeVideo({ runTool }, path)
const segment = { startSeconds: 0, endSeconds: facts.durationSeconds }
const options = { ...facts, ...segment, sampleFps: SAMPLE_FPS, maxSide: 1920 }
const signal = AbortSignal.timeout(1_800_000)

const total = { locate: 0, describe: 0, bibs: 0 }
const ownSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
/** CPU time of ended children, in hundredths: proc(5), cutime and cstime. */
async function childSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}
async function timed<T>(step: keyof typeof total, run: () => Promise<T>): Promise<T> {
  const before = ownSeconds()
  const result = await run()
  total[step] += ownSeconds() - before
  return result
}

const beforePlain = await childSeconds()
await sampleFrames({ runTool }, path, options, async () => {})
const plainDecode = (await childSeconds()) - beforePlain

const deps = {
  runTool,
  faceModel: FACE_MODEL,
  faceLocator: (picture, look) => timed('locate', () => faces.locateFaces(picture, look)),
  faceDescriber: (picture, found) => timed('describe', () => faces.describeFaces(picture, found)),
  bibReader: (picture) => timed('bibs', () => bibs.readBibs(picture)),
  knownFaceDescriber: (picture, known) => faces.describeKnownFace(picture, known),
} satisfies Parameters<typeof watchFootage>[0]
// First runs of the networks allocate.
await watchFootage(
  deps,
  {
    video: { ...facts, sampleFps: SAMPLE_FPS },
    segment: { startSeconds: 0, endSeconds: 2 },
    models: [],
  },
  path,
  signal,
)
Object.assign(total, { locate: 0, describe: 0, bibs: 0 })

const [beforeChildren, before] = [await childSeconds(), ownSeconds()]
const found = await watchFootage(
  deps,
  { video: { ...facts, sampleFps: SAMPLE_FPS }, segment, models: [] },
  path,
  signal,
)
const own = ownSeconds() - before
const costs: MotionCosts = {
  footageSeconds: facts.durationSeconds,
  plainDecode,
  decode: (await childSeconds()) - beforeChildren,
  ...total,
  rest: own - total.locate - total.describe - total.bibs,
  tracks: found.tracks.length,
  reads: found.reads.length,
  peakBytes: process.resourceUsage().maxRSS * 1024,
}
console.log(JSON.stringify(costs))
