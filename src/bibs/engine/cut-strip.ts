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
  const columns = width * samples
  const rows = STRIP_HEIGHT * samples
  // One step right (or down) in the strip moves this far in the picture.
  const stepX = box.width / columns
  const stepY = box.height / rows
  const pixels = new Float32Array(width * STRIP_HEIGHT * 3)
  const addPixel = pixelAdder(picture, pixels, 1 / (samples * samples))
  for (let row = 0; row < rows; row++) {
    const across = (row + 0.5) * stepY - box.height / 2
    const lineStart = Math.floor(row / samples) * width * 3
    for (let column = 0; column < columns; column++) {
      const along = (column + 0.5) * stepX - box.width / 2
      // A pixel's colour is that of its centre, half a pixel from its corner.
      const x = box.centreX + along * box.cos - across * box.sin - 0.5
      const y = box.centreY + along * box.sin + across * box.cos - 0.5
      addPixel(lineStart + Math.floor(column / samples) * 3, x, y)
    }
  }
  return { pixels, width }
}

/** Adds the interpolated colour at (x, y) to `target`; outside the picture its border pixels go on. */
function pixelAdder({ data, width, height }: Picture, target: Float32Array, weight: number) {
  const lastX = width - 1
  const lastY = height - 1
  return (at: number, x: number, y: number) => {
    const insideX = Math.max(0, Math.min(lastX, x))
    const insideY = Math.max(0, Math.min(lastY, y))
    const left = Math.floor(insideX)
    const top = Math.floor(insideY)
    const toRight = insideX - left
    const toBottom = insideY - top
    const topLeft = (top * width + left) * 3
    const right = left < lastX ? 3 : 0
    const below = top < lastY ? width * 3 : 0
    for (let c = topLeft; c < topLeft + 3; c++) {
      const upper = data[c]! * (1 - toRight) + data[c + right]! * toRight
      const lower = data[c + below]! * (1 - toRight) + data[c + below + right]! * toRight
      target[at + c - topLeft]! += (upper * (1 - toBottom) + lower * toBottom) * weight
    }
  }
}
