import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { askChild } from './child.ts'
import type { PictureSet } from './picture-set.ts'
import { type FaceScore, type Score, scoreBibs, scoreFaces } from './score.ts'

export type OffTheShelf = {
  photosPerSecond: number
  /** A photo; pictures is decoding and previews. */
  cpuSeconds: { pictures: number; bibs: number; faces: number }
  peakBytes: number
  megapixels: number
  bibs: Score | undefined
  bibsWithList: Score | undefined
  faces: FaceScore | undefined
}

type Answer = Pick<OffTheShelf, 'photosPerSecond' | 'cpuSeconds' | 'peakBytes' | 'megapixels'> & {
  bibs: [path: string, bibs: string[]][]
  selfies: [path: string, pictures: string[]][]
}

export const FOLDER = new URL('off-the-shelf/', import.meta.url)

/** The same pictures through stock packages in one process. Installs them, some 700 MB, when they are not there. */
export async function measureOffTheShelf(
  set: PictureSet,
  { signal }: { signal: AbortSignal },
): Promise<OffTheShelf> {
  await ensureInstalled(signal)
  const question = {
    photos: set.pictures.map(({ path }) => path),
    selfies: set.selfies.map(({ path }) => path),
  }
  const { bibs, selfies, ...figures } = await askChild<Answer>(
    new URL('recognize.mjs', FOLDER),
    question,
    signal,
  )
  const starters = new Set(set.startList)
  const onList = bibs.map(
    ([path, read]) => [path, read.filter((bib) => starters.has(bib))] as const,
  )
  return {
    ...figures,
    bibs: scoreBibs(set, new Map(bibs)),
    bibsWithList: scoreBibs(set, new Map(onList)),
    faces: scoreFaces(set, new Map(selfies)),
  }
}

export async function ensureInstalled(signal: AbortSignal): Promise<void> {
  if (!existsSync(new URL('node_modules/usearch/', FOLDER))) await install(signal)
}

async function install(signal: AbortSignal): Promise<void> {
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: fileURLToPath(FOLDER),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    signal,
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`npm ci in ${fileURLToPath(FOLDER)} ended with ${code}`)
}
