import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { start, within } from './system.ts'

/** What is on one photo of the demo race. */
export type Truth = { fileName: string; bibs: string[]; runners: string[] }

export type DemoRace = {
  photosDir: string
  truth: Truth[]
  /** The picture of each runner who is on a photo, by bib. */
  selfies: Map<string, Buffer>
}

const MAKE = `
  import { makeDemo } from './src/demo/make-demo.ts'
  const [folder, photos, seed] = process.argv.slice(1)
  console.log(JSON.stringify(await makeDemo(folder, { photos: Number(photos), seed: Number(seed) })))`

/** Has the program draw its demo race. One seed, one race. */
export async function makeDemoRace(
  folder: string,
  { photos, seed }: { photos: number; seed: number },
): Promise<DemoRace> {
  const args = ['--input-type=module', '-e', MAKE, folder, String(photos), String(seed)]
  const maker = start(process.execPath, args, process.env)
  const code = await within(120_000, maker.ended, () => 'the demo is not made')
  if (code !== 0) throw new Error(`the demo cannot be made: ${maker.stderr()}`)
  const made = JSON.parse(maker.stdout()) as {
    selfies: string[]
    truth: { photo: string; bibs: string[]; runners: string[] }[]
  }
  const selfies = await Promise.all(
    made.selfies.map(async (path) => [basename(path, '.jpg'), await readFile(path)] as const),
  )
  return {
    photosDir: join(folder, 'photos'),
    truth: made.truth.map(({ photo, bibs, runners }) => ({
      fileName: basename(photo),
      bibs,
      runners,
    })),
    selfies: new Map(selfies),
  }
}
