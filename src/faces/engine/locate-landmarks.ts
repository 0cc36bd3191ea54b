import type { Net } from '../../inference/session.ts'
import type { Box } from '../../media/picture.ts'
import type { Pixels } from '../../media/scale-pixels.ts'
import { applySimilarity, type Points, type Similarity } from './align.ts'
import { runOnCrops } from './crops.ts'

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

/** How much of a face's surroundings a look shows: 1 is a square of the longer side of its box. */
export type Frames = readonly number[]
/** Faces of photos and videos: one other frame instead of this was tried and gained nothing. */
export const ONE_FRAME: Frames = [1]
/** A selfie is one face, so several frames cost nothing that matters. */
export const SELFIE_FRAMES: Frames = [0.9, 1, 1.1, 1.2, 1.3]

/**
 * Finds five points of each face. Each is looked at twice, as it is and mirrored, and the mean of both is taken: a misplaced
 * point costs more similarity than anything else that can be repaired. Of several frames the median of each coordinate is taken.
 */
export async function locateLandmarks(
  net: Net,
  picture: Pixels,
  { boxes, frames }: { boxes: readonly Box[]; frames: Frames },
): Promise<Landmarks[]> {
  const views = boxes.flatMap((box) => frames.map((frame) => squareAround(box, frame)))
  const rows = await runOnCrops(net, picture, { crops: views, options: NET })
  const looks = views.map((view, i) => {
    const plain = fivePoints(rows[i]!.plain)
    const mirrored = mirrorPoints(fivePoints(rows[i]!.mirrored))
    const mean = plain.map((value, k) => ((value + mirrored[k]!) / 2) * SIDE)
    return { points: applySimilarity(view, mean), doubt: meanDistance(plain, mirrored) }
  })
  return boxes.map((_, i) => {
    const own = looks.slice(i * frames.length, (i + 1) * frames.length)
    return {
      points: own[0]!.points.map((_, k) => median(own.map(({ points }) => points[k]!))),
      doubt: median(own.map(({ doubt }) => doubt)),
    }
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)]
  return (sorted[low]! + sorted[high]!) / 2
}

/** The square crop of a box: same centre, `frame` times the longer side. */
function squareAround([x, y, width, height]: Box, frame: number): Similarity {
  const side = frame * Math.max(width, height)
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
