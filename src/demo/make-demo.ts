import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CutHead, cutHead } from './cut-head.ts'
import { drawPhoto } from './draw-photo.ts'
import { drawSelfie } from './draw-selfie.ts'
import { type PlannedPhoto, planPhotos } from './plan-photos.ts'
import { createRandom } from './random.ts'
import { RUNNERS, type Runner } from './runners.ts'
import { makeStartList } from './start-list.ts'

export type DemoTruth = {
  /** Path of the photo. */
  readonly photo: string
  /** In front first. */
  readonly bibs: readonly string[]
  readonly runners: readonly string[]
  readonly camera: string
  /** When it really was, whatever the camera's clock said. */
  readonly takenAt: Date
}

export type Demo = {
  readonly photos: string[]
  /** One for each runner who is on a photo, named by bib. */
  readonly selfies: string[]
  /** CSV with the columns bib and name. */
  readonly startList: string
  readonly truth: DemoTruth[]
}

/** Photos drawn at once: sharp works in threads of its own, and a finished one takes 60 MB. */
const AT_ONCE = 2

/**
 * Writes the pictures of an invented race: photos by three cameras with their EXIF, and selfies of the runners. The
 * people come from the sample pictures of the face library; bodies, bibs and places are drawn. The same seed makes the
 * same race.
 *
 * @param directory is made if need be; `photos` and `selfies` are put into it
 */
export async function makeDemo(
  directory: string,
  { photos = 40, seed = 1 }: { photos?: number; seed?: number } = {},
): Promise<Demo> {
  const plan = planPhotos(photos, createRandom(seed))
  const shown = RUNNERS.filter((runner) => plan.some((photo) => photo.runners.includes(runner)))
  const heads = new Map(
    await Promise.all(shown.map(async (runner) => [runner, await cutHead(runner.head)] as const)),
  )
  const truth = await writePhotos(plan, { directory: join(directory, 'photos'), heads, seed })
  const selfies = await writeSelfies(shown, join(directory, 'selfies'))
  return {
    photos: truth.map(({ photo }) => photo),
    selfies,
    startList: makeStartList(createRandom(seed)),
    truth,
  }
}

type Run = { directory: string; heads: Map<Runner, CutHead>; seed: number }

async function writePhotos(plan: PlannedPhoto[], { directory, heads, seed }: Run) {
  await mkdir(directory, { recursive: true })
  const truth: DemoTruth[] = []
  const queue = plan.entries()
  const work = async () => {
    for (const [i, photo] of queue) {
      const path = join(directory, `${photo.camera.spot.toUpperCase()}_${photo.frame}.jpg`)
      const random = createRandom(seed * 10_007 + i)
      await writeFile(path, await drawPhoto(photo, heads, random))
      truth[i] = describePhoto(path, photo)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return truth
}

const describePhoto = (path: string, { runners, camera, takenAt }: PlannedPhoto): DemoTruth => ({
  photo: path,
  bibs: runners.map(({ bib }) => bib),
  runners: runners.map(({ name }) => name),
  camera: camera.model,
  takenAt,
})

async function writeSelfies(runners: readonly Runner[], directory: string): Promise<string[]> {
  await mkdir(directory, { recursive: true })
  return Promise.all(
    runners.map(async (runner, i) => {
      const path = join(directory, `${runner.bib}.jpg`)
      await writeFile(path, await drawSelfie(runner, createRandom(i)))
      return path
    }),
  )
}
