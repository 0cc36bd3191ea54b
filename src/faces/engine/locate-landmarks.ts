import type { Net } from '../../inference/session.ts'
import type { Box } from '../../media/picture.ts'
import { applySimilarity, cutCrop, type Points, type Similarity } from './align.ts'
import { mirrorCrop, runOnCrops } from './crops.ts'
import type { Pixels } from './pixels.ts'

export type Landmarks = {
  /** x, y in pixels of the picture: the eye at the left of the picture, the other, nose, left and right mouth corner. */
  readonly points: Points
  /** How far the net contradicts itself on the mirrored face: mean distance over the side of the box. 0 is best. */
  readonly doubt: number
}

const SIDE = 112
const NET = {
  side: SIDE,
  output: 'points',
  batch: 16,
  channelOrder: 'RGB' as const,
  /** The mean of the pictures that the net was trained with. */
  mean: [122.782, 117.001, 104.298],
  deviation: [255, 255, 255],
}

/**
 * Finds five points of each face. Each is looked at twice, as it is and mirrored, and the mean of both is taken: a misplaced
 * point costs more similarity than anything else that can be repaired.
 */
export async function locateLandmarks(
  net: Net,
  picture: Pixels,
  boxes: readonly Box[],
): Promise<Landmarks[]> {
  const views = boxes.map(squareAround)
  const crops = views.flatMap((view) => {
    const crop = cutCrop(picture, view, SIDE)
    return [crop, mirrorCrop(crop, SIDE)]
  })
  const rows = await runOnCrops(net, crops, NET)
  return views.map((view, i) => {
    const plain = fivePoints(rows[2 * i]!)
    const mirrored = mirrorPoints(fivePoints(rows[2 * i + 1]!))
    const mean = plain.map((value, k) => ((value + mirrored[k]!) / 2) * SIDE)
    return { points: applySimilarity(view, mean), doubt: meanDistance(plain, mirrored) }
  })
}

/** The square crop of a box: same centre, the longer side. Growing or shifting it was tried and gained nothing. */
function squareAround([x, y, width, height]: Box): Similarity {
  const side = Math.max(width, height)
  const [left, top] = [x + (width - side) / 2, y + (height - side) / 2]
  return { a: side / SIDE, b: 0, tx: left, ty: top }
}

/** First and last of the 68 points that make one of the five: eyes are the mean of their outline. */
const PARTS = [
  [36, 41],
  [42, 47],
  [30, 30],
  [48, 48],
  [54, 54],
] as const

function fivePoints(outline: Float32Array): number[] {
  return PARTS.flatMap(([first, last]) => {
    let x = 0
    let y = 0
    for (let i = first; i <= last; i++) {
      x += outline[2 * i]!
      y += outline[2 * i + 1]!
    }
    const count = last - first + 1
    return [x / count, y / count]
  })
}

/** Left and right change places in a mirror, the eyes and mouth corners with them. */
const MIRRORED_PART = [1, 0, 2, 4, 3]
const LAST_PIXEL = (SIDE - 1) / SIDE

const mirrorPoints = (points: readonly number[]) =>
  MIRRORED_PART.flatMap((part) => [LAST_PIXEL - points[2 * part]!, points[2 * part + 1]!])

function meanDistance(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i += 2) sum += Math.hypot(a[i]! - b[i]!, a[i + 1]! - b[i + 1]!)
  return (2 * sum) / a.length
}
