import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { makeDemoRace } from '../e2e/demo-race.ts'

export type TestPhoto = {
  name: string
  bytes: Uint8Array
  /** Photos of one picture have the same faces and bibs, and differ in their bytes. */
  picture: number
}

/** Large enough for a bib and a face, small enough to be read in a fraction of a second. */
const WIDTH = 480

/** Small JPEGs of runners to make many different files of. */
export async function drawPictures(folder: string, count: number): Promise<Buffer[]> {
  const { photosDir } = await makeDemoRace(folder, { photos: count, seed: 4 })
  const names = (await readdir(photosDir)).sort()
  return Promise.all(
    names.map(async (name) =>
      sharp(await readFile(join(photosDir, name)))
        .resize({ width: WIDTH })
        .jpeg()
        .toBuffer(),
    ),
  )
}

/** As many different files as asked for: what follows the end of a JPEG is no part of its picture. */
export const makePhotos = (pictures: readonly Buffer[], count: number): TestPhoto[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `photo-${String(i).padStart(4, '0')}.jpg`,
    bytes: Buffer.concat([pictures[i % pictures.length]!, Buffer.from(`photo ${i}`)]),
    picture: i % pictures.length,
  }))
