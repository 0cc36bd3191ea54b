import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { measureDeepPages } from './deep-pages.ts'
import { measureFaceIndex } from './face-index.ts'
import { gallerySection } from './gallery/gallery-section.ts'
import { measureGallery } from './gallery/measure-gallery.ts'
import { measureLargeEvent } from './large-event.ts'
import { largeSection } from './large-section.ts'
import { describeMachine } from './machine.ts'
import { measureMotion } from './motion.ts'
import { measureMotionHour } from './motion-hour.ts'
import { motionHourSection } from './motion-hour-section.ts'
import { motionSection } from './motion-section.ts'
import { measureOffTheShelf } from './off-the-shelf.ts'
import { measureOurs } from './ours.ts'
import {
  limitSet,
  loadBibSet,
  loadFaceSet,
  makeCameraSet,
  makeDemoSet,
  type PictureSet,
} from './picture-set.ts'
import { recognitionSection } from './recognition-section.ts'
import { type Section, writeReport } from './report.ts'
import { indexSection, pagesSection } from './scale-sections.ts'

const PARTS = [
  'ours',
  'off-the-shelf',
  'index',
  'pages',
  'large',
  'gallery',
  'motion',
  'motion-hour',
]
/** The longest run: everything on a few hundred photos of a slow machine. */
const LIMIT_MS = 2 * 3_600_000

type Options = {
  set?: string
  faces?: string
  photos: number
  limit?: number
  only: string[]
  rows: number
  faceRows: number
  minutes: number
  keep?: string
}

const options: Options = new Command('bench')
  .description('Measures the product beside stock packages; prints, and writes docs/benchmarks.md')
  .option('--set <dir>', 'labelled photos: truth.csv with the columns image,bibs,optional')
  .option('--faces <dir>', 'photos/, selfies/ and truth.csv with the columns selfie,person,photos')
  .option(
    '--photos <n>',
    'photos of the demo race, which is used when no folder is named',
    whole,
    32,
  )
  .option('--limit <n>', 'at most so many photos of a set, for both contenders', whole)
  .option('--rows <n>', 'photos of the event that exists as rows only', whole, 1_000_000)
  .option('--face-rows <n>', 'its faces', whole, 5_000_000)
  .option('--minutes <n>', 'length of the film of motion-hour', whole, 60)
  .option(
    '--keep <dir>',
    'keep the event of rows there: a run that is cut off goes on where it was, the next one only measures',
  )
  .option('--only <parts>', `some of ${PARTS.join(',')}`, partsOf, PARTS)
  .parse()
  .opts()

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error('stopped')))
const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)])

const folder = await mkdtemp(join(tmpdir(), 'trackside-bench-'))
await chmod(folder, 0o711) // root hands the embedded PostgreSQL to another user, who must get through
try {
  if (runs('ours') || runs('off-the-shelf'))
    for (const set of await openSets()) await finish(await compare(set))
  if (runs('index')) {
    const machine = begin('face index')
    await finish(await indexSection(await measureFaceIndex(folder, signal), machine))
  }
  if (runs('pages')) {
    const machine = begin('deep pages')
    await finish(await pagesSection(await measureDeepPages({ folder, signal }), machine))
  }
  if (runs('large')) {
    const machine = begin('every read of a large event')
    const { rows: photos, faceRows: faces, keep } = options
    const dataDir = keep === undefined ? join(folder, 'large') : resolve(keep)
    const measured = await measureLargeEvent({ folder, dataDir, photos, faces, signal })
    await finish(await largeSection(measured, machine))
  }
  if (runs('gallery')) {
    const machine = begin('gallery')
    await finish(await gallerySection(await measureGallery({ folder, signal }), machine))
  }
  if (runs('motion')) {
    const machine = begin('videos')
    await finish(await motionSection(await measureMotion({ folder, signal }), machine))
  }
  if (runs('motion-hour')) {
    const machine = begin('a video of an hour')
    const { minutes } = options
    await finish(motionHourSection(await measureMotionHour({ folder, minutes, signal }), machine))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function openSets(): Promise<PictureSet[]> {
  const sets = [
    ...(options.set === undefined ? [] : [await loadBibSet(options.set)]),
    ...(options.faces === undefined ? [] : [await loadFaceSet(options.faces)]),
  ]
  if (sets.length === 0)
    for (const make of [makeDemoSet, makeCameraSet])
      sets.push(await make(join(folder, make.name), options.photos))
  return sets.map((set) => limitSet(set, options.limit ?? Number.POSITIVE_INFINITY))
}

async function compare(set: PictureSet): Promise<Section> {
  const machine = begin(`${set.title}, ${set.pictures.length} photos`)
  return recognitionSection({
    set,
    machine,
    ...(runs('ours') && { ours: await measureOurs(set, { folder, signal }) }),
    ...(runs('off-the-shelf') && { others: await measureOffTheShelf(set, { signal }) }),
  })
}

function runs(part: string): boolean {
  return options.only.includes(part)
}

function begin(what: string) {
  console.error(`Measuring: ${what} …`)
  return describeMachine()
}

async function finish(section: Section): Promise<void> {
  console.log(`\n${section.title}\n\n${section.body}\n`)
  await writeReport([section])
}

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1')
  return Number(text)
}

function partsOf(text: string): string[] {
  const parts = text.split(',')
  const unknown = parts.find((part) => !PARTS.includes(part))
  if (unknown !== undefined) throw new InvalidArgumentError(`no part is called "${unknown}"`)
  return parts
}
