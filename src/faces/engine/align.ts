import type { Pixels } from '../../media/scale-pixels.ts'

/** x and y, pair after pair. */
export type Points = readonly number[]
/** Maps (x, y) to (a x - b y + tx, b x + a y + ty): turn, scale and shift. */
export type Similarity = {
  readonly a: number
  readonly b: number
  readonly tx: number
  readonly ty: number
}

/** The least-squares similarity that maps the points `from` onto `to`. */
export function fitSimilarity(from: Points, to: Points): Similarity {
  const [fromX, fromY] = centreOf(from)
  const [toX, toY] = centreOf(to)
  let dot = 0
  let cross = 0
  let spread = 0
  for (let i = 0; i < from.length; i += 2) {
    const dx = from[i]! - fromX
    const dy = from[i + 1]! - fromY
    const ex = to[i]! - toX
    const ey = to[i + 1]! - toY
    dot += dx * ex + dy * ey
    cross += dx * ey - dy * ex
    spread += dx * dx + dy * dy
  }
  const a = dot / spread
  const b = cross / spread
  return { a, b, tx: toX - a * fromX + b * fromY, ty: toY - b * fromX - a * fromY }
}

export function applySimilarity({ a, b, tx, ty }: Similarity, points: Points): number[] {
  const out: number[] = []
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!
    const y = points[i + 1]!
    out.push(a * x - b * y + tx, b * x + a * y + ty)
  }
  return out
}

/** Pixels of the picture that one sample, which is interpolated, speaks for. */
const PIXELS_A_SAMPLE = 2
/** Samples a pixel a side at most: faces of 1200 px and more lose nothing that a net of 150 px could see. */
const MAX_SAMPLES = 4

/**
 * Cuts a `side` x `side` crop out of a picture: `toPicture` maps pixels of the crop to the picture. Bilinear; where the crop is
 * smaller than what it shows, the mean of several samples a pixel. Beyond the edge of the picture it is black.
 *
 * @returns the red, green and blue plane, 0..255
 */
export function cutCrop(
  { data, width, height }: Pixels,
  toPicture: Similarity,
  side: number,
): Float32Array {
  const { a, b, tx, ty } = toPicture
  const samples = Math.min(MAX_SAMPLES, Math.ceil(Math.hypot(a, b) / PIXELS_A_SAMPLE))
  const share = 1 / (samples * samples)
  const plane = side * side
  const planes = new Float32Array(3 * plane)
  for (let at = 0; at < plane; at++) {
    const x = at % side
    const y = (at - x) / side
    for (let sample = 0; sample < samples * samples; sample++) {
      const sx = x + ((sample % samples) + 0.5) / samples - 0.5
      const sy = y + (Math.floor(sample / samples) + 0.5) / samples - 0.5
      const u = a * sx - b * sy + tx
      const v = b * sx + a * sy + ty
      if (u < -1 || v < -1 || u > width || v > height) continue
      const insideU = Math.min(width - 1.001, Math.max(0, u))
      const insideV = Math.min(height - 1.001, Math.max(0, v))
      const left = Math.floor(insideU)
      const top = Math.floor(insideV)
      const right = insideU - left
      const bottom = insideV - top
      const p = (top * width + left) * 3
      const q = p + width * 3
      const w00 = (1 - right) * (1 - bottom) * share
      const w10 = right * (1 - bottom) * share
      const w01 = (1 - right) * bottom * share
      const w11 = right * bottom * share
      for (let c = 0; c < 3; c++)
        planes[c * plane + at]! +=
          data[p + c]! * w00 + data[p + c + 3]! * w10 + data[q + c]! * w01 + data[q + c + 3]! * w11
    }
  }
  return planes
}

function centreOf(points: Points): [x: number, y: number] {
  let x = 0
  let y = 0
  for (let i = 0; i < points.length; i += 2) {
    x += points[i]!
    y += points[i + 1]!
  }
  return [(2 * x) / points.length, (2 * y) / points.length]
}
