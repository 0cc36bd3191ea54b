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
 * @param planes where the red, green and blue plane go, 0..255
 */
export function cutCrop(
  planes: Float32Array,
  { data, width, height }: Pixels,
  toPicture: Similarity,
  side: number,
): void {
  const { a, b } = toPicture
  const { count, moveU, moveV } = samplesOf(toPicture)
  const plane = side * side
  const rowBytes = 3 * width
  const [lastU, lastV] = [width - 1.001, height - 1.001]
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < side; x++, at++) {
      let [red, green, blue] = [0, 0, 0]
      for (let sample = 0; sample < count; sample++) {
        const u = a * x - b * y + moveU[sample]!
        const v = b * x + a * y + moveV[sample]!
        if (u < -1 || v < -1 || u > width || v > height) continue
        const insideU = u < 0 ? 0 : u > lastU ? lastU : u
        const insideV = v < 0 ? 0 : v > lastV ? lastV : v
        const left = insideU | 0
        const top = insideV | 0
        const right = insideU - left
        const bottom = insideV - top
        const p = top * rowBytes + 3 * left
        const q = p + rowBytes
        const w11 = right * bottom
        const w10 = right - w11
        const w01 = bottom - w11
        const w00 = 1 - right - w01
        red += data[p]! * w00 + data[p + 3]! * w10 + data[q]! * w01 + data[q + 3]! * w11
        green += data[p + 1]! * w00 + data[p + 4]! * w10 + data[q + 1]! * w01 + data[q + 4]! * w11
        blue += data[p + 2]! * w00 + data[p + 5]! * w10 + data[q + 2]! * w01 + data[q + 5]! * w11
      }
      planes[at] = red / count
      planes[plane + at] = green / count
      planes[2 * plane + at] = blue / count
    }
}

/** How far from where its pixel begins in the picture each sample of a pixel lies. */
function samplesOf({ a, b, tx, ty }: Similarity) {
  const samples = Math.min(MAX_SAMPLES, Math.ceil(Math.hypot(a, b) / PIXELS_A_SAMPLE))
  const count = samples * samples
  const [moveU, moveV] = [new Float64Array(count), new Float64Array(count)]
  for (let sample = 0; sample < count; sample++) {
    const x = ((sample % samples) + 0.5) / samples - 0.5
    const y = (Math.floor(sample / samples) + 0.5) / samples - 0.5
    moveU[sample] = a * x - b * y + tx
    moveV[sample] = b * x + a * y + ty
  }
  return { count, moveU, moveV }
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
