import type { Net } from '../../inference/session.ts'
import { freeMemory } from '../../lib/free-memory.ts'
import { type Pixels, scalePixels } from '../../media/scale-pixels.ts'
import type { TextMap } from './text-boxes.ts'
import type { Window } from './text-windows.ts'
import { planTiles, type Tile } from './tiles.ts'

export function scalePicture(picture: Pixels, scale: number): Promise<Pixels> {
  const scaledSide = (side: number) => Math.max(1, Math.round(side * scale))
  const size = { width: scaledSide(picture.width), height: scaledSide(picture.height) }
  return scalePixels(picture, size, { kernel: 'cubic' })
}

export const wholeOf = ({ width, height }: Pixels): Window => ({
  left: 0,
  top: 0,
  right: width,
  bottom: height,
})

/**
 * Runs the net on windows of a picture, tile by tile, as its memory grows with the size of its input, and joins the answers to one
 * map: 0 where no window is.
 */
export async function mapText(
  net: Net,
  pixels: Pixels,
  windows: readonly Window[],
): Promise<TextMap> {
  const { width, height } = pixels
  const values = new Float32Array(width * height) // memory that no window touches is never taken
  for (const window of windows)
    for (const tile of planTiles(window)) {
      const { across, down } = tile
      const data = tileValues(pixels, tile)
      const [output] = Object.values(
        await net.run({ data, dims: [1, 3, down.length, across.length] }),
      )
      if (!output) throw new Error('the detector gave no output')
      for (let y = down.keepStart; y < down.keepEnd; y++) {
        const row = (y - down.start) * across.length - across.start
        for (let x = across.keepStart; x < across.keepEnd; x++) {
          const value = output.data[row + x]!
          if (value > values[y * width + x]!) values[y * width + x] = value // windows may overlap
        }
      }
      freeMemory(data)
      freeMemory(output.data)
    }
  return { values, width, height }
}

/** The means and deviations of ImageNet, in the order red, green, blue. */
const CHANNEL_MEAN = [0.485, 0.456, 0.406]
const CHANNEL_DEVIATION = [0.229, 0.224, 0.225]
/** The net's value of each colour value; PP-OCR was trained on B, G, R with the means in the order R, G, B. */
const NORMALISED = CHANNEL_MEAN.map((mean, channel) =>
  Float32Array.from({ length: 256 }, (_, v) => (v / 255 - mean) / CHANNEL_DEVIATION[channel]!),
)

/** A tile as planes of blue, green and red; what lies beyond the picture stays 0, the mean colour. */
function tileValues({ data, width, height }: Pixels, { across, down }: Tile): Float32Array {
  const plane = across.length * down.length
  const values = new Float32Array(3 * plane)
  const columns = Math.min(across.length, width - across.start)
  const rows = Math.min(down.length, height - down.start)
  const [first, second, third] = NORMALISED as [Float32Array, Float32Array, Float32Array]
  for (let y = 0; y < rows; y++) {
    let from = ((down.start + y) * width + across.start) * 3
    let to = y * across.length
    for (const end = to + columns; to < end; to++, from += 3) {
      values[to] = first[data[from + 2]!]!
      values[plane + to] = second[data[from + 1]!]!
      values[2 * plane + to] = third[data[from]!]!
    }
  }
  return values
}
