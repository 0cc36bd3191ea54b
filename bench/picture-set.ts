import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStartList } from '../src/bibs/index.ts'
import { makeDemo } from '../src/demo/make-demo.ts'
import { createRandom } from '../src/demo/random.ts'
import { sharp } from '../src/media/sharp.ts'

export type BibLabels = {
  readonly required: ReadonlySet<string>
  /** Neither hit nor false when read: covered and unlabelled bibs. */
  readonly optional: ReadonlySet<string>
}
export type LabelledPicture = {
  readonly path: string
  /** Undefined: nothing is known of its bibs. */
  readonly bibs: BibLabels | undefined
}
export type Selfie = {
  readonly path: string
  /** Paths of every picture that shows the person. */
  readonly shownOn: ReadonlySet<string>
}
export type PictureSet = {
  /** Names its section of the report. */
  readonly key: 'demo' | 'camera' | 'bibs' | 'faces'
  readonly title: string
  readonly pictures: readonly LabelledPicture[]
  /** Bibs of the event's start list; empty: no bibs are scored. */
  readonly startList: readonly string[]
  readonly selfies: readonly Selfie[]
}

/** As many as a small race has; every true bib is among them. */
const STARTERS = 3000

/** The invented race of the demo: bibs and faces are known because they were drawn. */
export async function makeDemoSet(folder: string, photos: number): Promise<PictureSet> {
  const demo = await makeDemo(folder, { photos })
  const { participants } = parseStartList(Buffer.from(demo.startList))
  return {
    key: 'demo',
    title: 'Demo race (drawn, 2400 × 1600)',
    pictures: demo.truth.map(({ photo, bibs }) => ({ path: photo, bibs: labels(bibs) })),
    startList: participants.map(({ bib }) => bib),
    selfies: demo.selfies.map((path) => {
      const bib = path.match(/([^/\\]+)\.jpg$/)?.[1] ?? ''
      const shownOn = demo.truth.filter(({ bibs }) => bibs.includes(bib))
      return { path, shownOn: new Set(shownOn.map(({ photo }) => photo)) }
    }),
  }
}

/** What cameras give: 12 megapixels. */
const CAMERA = { width: 4240, height: 2827 }

/** The demo race in the size of a camera: enlarged, which costs what a real photo of the size costs, and shows no more. */
export async function makeCameraSet(folder: string, photos: number): Promise<PictureSet> {
  const demo = await makeDemoSet(folder, photos)
  const enlargedPath = (path: string) => path.replace(/\.jpg$/, '-12.jpg')
  for (const { path } of demo.pictures)
    await sharp(path).resize(CAMERA).withMetadata().jpeg({ quality: 90 }).toFile(enlargedPath(path))
  return {
    ...demo,
    key: 'camera',
    title: 'Demo race in the size of a camera (drawn, enlarged to 4240 × 2827)',
    pictures: demo.pictures.map(({ path, bibs }) => ({ path: enlargedPath(path), bibs })),
    selfies: demo.selfies.map(({ path, shownOn }) => ({
      path,
      shownOn: new Set([...shownOn].map(enlargedPath)),
    })),
  }
}

/** A folder with `truth.csv`: image, bibs that must be read, bibs that may be (both separated by spaces). */
export async function loadBibSet(folder: string): Promise<PictureSet> {
  const rows = await readTable(join(folder, 'truth.csv'), 'image,bibs,optional')
  const pictures = rows.map(([image = '', bibs = '', optional = '']) => ({
    path: join(folder, image),
    bibs: labels(bibs.split(' '), optional.split(' ')),
  }))
  return {
    key: 'bibs',
    title: 'Labelled race photos',
    pictures,
    startList: inventStartList(pictures.flatMap(({ bibs }) => [...bibs.required])),
    selfies: [],
  }
}

/** A folder with `photos`, `selfies` and `truth.csv`: selfie, person, photos that show the person. */
export async function loadFaceSet(folder: string): Promise<PictureSet> {
  const rows = await readTable(join(folder, 'truth.csv'), 'selfie,person,photos')
  const photo = (name: string) => join(folder, 'photos', name)
  return {
    key: 'faces',
    title: 'Labelled faces',
    pictures: (await readdir(join(folder, 'photos')))
      .sort()
      .map((name) => ({ path: photo(name), bibs: undefined })),
    startList: [],
    selfies: rows.map(([selfie = '', , photos = '']) => ({
      path: join(folder, 'selfies', selfie),
      shownOn: new Set(words(photos.split(' ')).map(photo)),
    })),
  }
}

/** At most `limit` pictures, spread over the set. Selfies of people who are on none of them go too. */
export function limitSet(set: PictureSet, limit: number): PictureSet {
  const { length } = set.pictures
  if (length <= limit) return set
  const pictures = Array.from(
    { length: limit },
    (_, i) => set.pictures[Math.floor((i * length) / limit)]!,
  )
  const paths = new Set(pictures.map(({ path }) => path))
  const selfies = set.selfies.map(({ path, shownOn }) => ({
    path,
    shownOn: new Set([...shownOn].filter((photo) => paths.has(photo))),
  }))
  return {
    ...set,
    title: `${set.title}, ${limit} of ${length}`,
    pictures,
    selfies: selfies.filter(({ shownOn }) => shownOn.size > 0),
  }
}

/** Others keep the length and the first digit of a true bib, so that the list is dense where the true ones are. */
function inventStartList(trueBibs: readonly string[]): string[] {
  const random = createRandom(1)
  const list = new Set(trueBibs)
  for (let tries = 0; list.size < STARTERS && tries < 100 * STARTERS; tries++) {
    const digit = () => String(Math.floor(random.between(0, 10)))
    list.add(random.pick(trueBibs).replace(/(?<=.)\d/g, digit))
  }
  return [...list]
}

const labels = (required: readonly string[], optional: readonly string[] = []): BibLabels => ({
  required: new Set(words(required)),
  optional: new Set(words(optional)),
})

const words = (list: readonly string[]) => list.filter((word) => word !== '')

async function readTable(file: string, header: string): Promise<string[][]> {
  const [first, ...lines] = (await readFile(file, 'utf8')).trim().split(/\r?\n/)
  if (first !== header) throw new Error(`${file} must begin with the line "${header}"`)
  return lines.map((line) => line.split(','))
}
