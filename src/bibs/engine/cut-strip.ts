import type { Picture } from '../../media/picture.ts'
import type { TextBox } from './geometry.ts'

/** A text line as the recogniser wants it: upright, STRIP_HEIGHT pixels high, RGB interleaved, 0 to 255. */
export type Strip = { readonly pixels: Float32Array; readonly width: number }

export const STRIP_HEIGHT = 48
const MIN_WIDTH = 16
const MAX_WIDTH = 480
/** Large text is averaged over up to 4 x 4 points a pixel, each of which speaks for 2 x 2: enough for digits 384 px high. */
const MAX_SAMPLES = 4
const PIXELS_A_SAMPLE = 2

/** Cuts a box out of the picture's own pixels and turns it upright: bilinear, averaging where it shrinks. */
export function cutStrip(picture: Picture, box: TextBox): Strip {
  const wanted = Math.round((STRIP_HEIGHT * box.width) / box.height)
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, wanted))
  const samples = Math.min(MAX_SAMPLES, Math.ceil(box.height / (PIXELS_A_SAMPLE * STRIP_HEIGHT)))
  const rows = STRIP_HEIGHT * samples
  const share = 1 / (samples * samples)
  // One step right in the strip, or from one row of samples to the next, moves this far in the box.
  const [stepAlong, stepAcross] = [box.width / width, box.height / rows]
  const step = { x: stepAlong * box.cos, y: stepAlong * box.sin }
  const pixels = new Float32Array(width * STRIP_HEIGHT * 3)
  for (let row = 0; row < rows; row++) {
    const across = (row + 0.5) * stepAcross - box.height / 2
    const first = Math.floor(row / samples) * width * 3
    for (let sample = 0; sample < samples; sample++) {
      const along = ((sample + 0.5) / samples) * stepAlong - box.width / 2
      // A pixel's colour is that of its centre, half a pixel from its corner.
      const begin = {
        x: box.centreX + along * box.cos - across * box.sin - 0.5,
        y: box.centreY + along * box.sin + across * box.cos - 0.5,
      }
      addRow(pixels, picture, { first, width, begin, step, share })
    }
  }
  return { pixels, width }
}

type Row = {
  /** Where it begins in the strip. */
  readonly first: number
  readonly width: number
  /** Where its first sample lies in the picture, and how far each is from the one before. */
  readonly begin: { readonly x: number; readonly y: number }
  readonly step: { readonly x: number; readonly y: number }
  /** What one sample counts of a pixel. */
  readonly share: number
}

/** Adds a sample, which is interpolated, to each pixel of a row; outside the picture its border pixels go on. */
function addRow(
  target: Float32Array,
  { data, width, height }: Picture,
  { first, width: columns, begin, step, share }: Row,
): void {
  const [lastX, lastY, rowBytes] = [width - 1, height - 1, 3 * width]
  for (let column = 0, at = first; column < columns; column++, at += 3) {
    const x = Math.min(lastX, Math.max(0, begin.x + step.x * column))
    const y = Math.min(lastY, Math.max(0, begin.y + step.y * column))
    const left = x | 0
    const top = y | 0
    const right = x - left
    const bottom = y - top
    const w11 = right * bottom * share
    const w10 = right * share - w11
    const w01 = bottom * share - w11
    const w00 = share - right * share - w01
    const p = (top * rowBytes + 3 * left) | 0
    const p1 = left < lastX ? (p + 3) | 0 : p
    const q = top < lastY ? (p + rowBytes) | 0 : p
    const q1 = (q + p1 - p) | 0
    target[at]! += data[p]! * w00 + data[p1]! * w10 + data[q]! * w01 + data[q1]! * w11
    target[at + 1]! +=
      data[p + 1]! * w00 + data[p1 + 1]! * w10 + data[q + 1]! * w01 + data[q1 + 1]! * w11
    target[at + 2]! +=
      data[p + 2]! * w00 + data[p1 + 2]! * w10 + data[q + 2]! * w01 + data[q1 + 2]! * w11
  }
}
