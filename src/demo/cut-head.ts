import { createRequire } from 'node:module'
import { sharp } from '../media/sharp.ts'
import type { Head } from './runners.ts'

export type CutHead = {
  /** PNG with soft edges. */
  readonly png: Buffer
  readonly width: number
  readonly height: number
  readonly chin: readonly [x: number, y: number]
  readonly faceWidth: number
}

/** Pixels over which a cut head fades out. */
const FEATHER = 5

/** Cuts a head out of its sample picture, in daylight. */
export async function cutHead(head: Head): Promise<CutHead> {
  const box = boundingBox(head.outline)
  const shape = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${box.width}" height="${box.height}">` +
      `<path transform="translate(${-box.left} ${-box.top})" d="${smoothPath(head.outline)}"/></svg>`,
  )
  const mask = await sharp(shape).extractChannel('alpha').blur(FEATHER).png().toBuffer()
  const lit = await sharp(samplePath(head.sample))
    .extract(box)
    .linear([...head.light], [0, 0, 0])
    .toBuffer()
  const cut = await sharp(lit).joinChannel(mask).png().toBuffer()
  const chin = [head.chin[0] - box.left, head.chin[1] - box.top] as const
  return { ...head, png: cut, width: box.width, height: box.height, chin }
}

/** The sample pictures come with the face library, so the demo needs no download. */
export function samplePath(sample: number): string {
  return createRequire(import.meta.url).resolve(`@vladmandic/face-api/demo/sample${sample}.jpg`)
}

function boundingBox(points: Head['outline']) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const left = Math.max(0, Math.min(...xs) - FEATHER * 3)
  const top = Math.max(0, Math.min(...ys) - FEATHER * 3)
  return {
    left,
    top,
    width: Math.max(...xs) + FEATHER * 3 - left,
    height: Math.max(...ys) + FEATHER * 3 - top,
  }
}

/** A closed Catmull-Rom curve through all points. */
function smoothPath(points: Head['outline']): string {
  const at = (i: number) => points.at(i % points.length)!
  const curves = points.map((_, i) => {
    const [before, from, to, after] = [at(i - 1 + points.length), at(i), at(i + 1), at(i + 2)]
    const first = [from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6]
    const second = [to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6]
    return `C${first} ${second} ${to}`
  })
  return `M${at(0)}${curves.join('')}Z`
}
