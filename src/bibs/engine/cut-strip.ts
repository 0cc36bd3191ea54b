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
  const count = samples * samples
  const pixels = new Float32Array(width * STRIP_HEIGHT * 3)
  // One step right (or down) in the strip moves this far along (or across) the box.
  const stepAlong = box.width / width
  const stepAcross = box.height / STRIP_HEIGHT
  const { moveX, moveY } = samplesOf(box, { samples, stepAlong, stepAcross })
  const { data } = picture
  const [lastX, lastY, rowBytes] = [picture.width - 1, picture.height - 1, 3 * picture.width]
  for (let row = 0, at = 0; row < STRIP_HEIGHT; row++)
    for (let column = 0; column < width; column++, at += 3) {
      const beginX = column * stepAlong * box.cos - row * stepAcross * box.sin
      const beginY = column * stepAlong * box.sin + row * stepAcross * box.cos
      let [red, green, blue] = [0, 0, 0]
      for (let sample = 0; sample < count; sample++) {
        const x = beginX + moveX[sample]!
        const y = beginY + moveY[sample]!
        // Outside the picture its border pixels go on.
        const insideX = x < 0 ? 0 : x > lastX ? lastX : x
        const insideY = y < 0 ? 0 : y > lastY ? lastY : y
        const left = insideX | 0
        const top = insideY | 0
        const right = insideX - left
        const bottom = insideY - top
        const p = top * rowBytes + 3 * left
        const toRight = left < lastX ? 3 : 0
        const q = top < lastY ? p + rowBytes : p
        const w11 = right * bottom
        const w10 = right - w11
        const w01 = bottom - w11
        const w00 = 1 - right - w01
        red += data[p]! * w00 + data[p + toRight]! * w10
        red += data[q]! * w01 + data[q + toRight]! * w11
        green += data[p + 1]! * w00 + data[p + toRight + 1]! * w10
        green += data[q + 1]! * w01 + data[q + toRight + 1]! * w11
        blue += data[p + 2]! * w00 + data[p + toRight + 2]! * w10
        blue += data[q + 2]! * w01 + data[q + toRight + 2]! * w11
      }
      pixels[at] = red / count
      pixels[at + 1] = green / count
      pixels[at + 2] = blue / count
    }
  return { pixels, width }
}

/** How far from where its pixel begins in the picture each sample of a pixel lies. */
function samplesOf(
  { width, height, centreX, centreY, cos, sin }: TextBox,
  step: { samples: number; stepAlong: number; stepAcross: number },
) {
  const { samples, stepAlong, stepAcross } = step
  const [moveX, moveY] = [new Float64Array(samples ** 2), new Float64Array(samples ** 2)]
  for (let sample = 0; sample < moveX.length; sample++) {
    const along = (((sample % samples) + 0.5) / samples) * stepAlong - width / 2
    const across = ((Math.floor(sample / samples) + 0.5) / samples) * stepAcross - height / 2
    // A pixel's colour is that of its centre, half a pixel from its corner.
    moveX[sample] = centreX + along * cos - across * sin - 0.5
    moveY[sample] = centreY + along * sin + across * cos - 0.5
  }
  return { moveX, moveY }
}
