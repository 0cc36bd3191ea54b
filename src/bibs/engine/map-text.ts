import type { ByteTensor, Net } from '../../inference/session.ts'
import { freeMemory } from '../../lib/free-memory.ts'
import { type Pixels, scalePixels } from '../../media/scale-pixels.ts'
import { MEAN_COLOUR } from '../weights/bytes/text-detector.ts'
import type { TextMap } from './text-boxes.ts'
import type { Window } from './text-windows.ts'
import { planTiles, type Span, type Tile } from './tiles.ts'

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
  net: Net<ByteTensor>,
  pixels: Pixels,
  windows: readonly Window[],
): Promise<TextMap> {
  const { width, height } = pixels
  const map: TextMap = { values: new Uint8Array(width * height), width, height }
  for (const window of windows)
    for (const tile of planTiles(window)) {
      const { across, down } = tile
      const data = cutTile(pixels, tile)
      const { text } = await net.run({ data, dims: [1, down.length, across.length, 3] })
      if (!text) throw new Error('the detector gave no output')
      keepLarger(map, text.data, tile)
      freeMemory(data)
      freeMemory(text.data)
    }
  return map
}

/** The net gives the pixels of a square of this side together. */
const SQUARE = 4

/** Windows may overlap: of two answers the larger counts. */
function keepLarger({ values, width }: TextMap, answer: Uint8Array, { across, down }: Tile): void {
  const squares = across.length / SQUARE
  for (let y = down.keepStart; y < down.keepEnd; y++) {
    const row = y - down.start
    const firstSquare = squares * Math.floor(row / SQUARE)
    const first = SQUARE * SQUARE * firstSquare + SQUARE * (row % SQUARE)
    keepLargerOfRow(values, { from: y * width, answer, first, span: across })
  }
}

type Row = {
  /** Where the row begins in the map. */
  readonly from: number
  readonly answer: Uint8Array
  /** Where it begins in the answer. */
  readonly first: number
  readonly span: Span
}

function keepLargerOfRow(values: Uint8Array, { from, answer, first, span }: Row): void {
  for (let x = span.keepStart; x < span.keepEnd; x++) {
    const column = x - span.start
    const inSquare = column & (SQUARE - 1)
    const value = answer[first + SQUARE * (column - inSquare) + inSquare]!
    if (value > values[from + x]!) values[from + x] = value
  }
}

/** A tile's pixels, as the net takes them; what lies beyond the picture is of the mean colour. */
function cutTile({ data, width, height }: Pixels, { across, down }: Tile): Uint8Array {
  const columns = Math.min(across.length, width - across.start)
  const rows = Math.min(down.length, height - down.start)
  const isWhole = columns === across.length && rows === down.length
  const tile = new Uint8Array(3 * across.length * down.length)
  if (!isWhole) tile.fill(MEAN_COLOUR)
  for (let y = 0; y < rows; y++) {
    const from = 3 * ((down.start + y) * width + across.start)
    tile.set(data.subarray(from, from + 3 * columns), 3 * y * across.length)
  }
  return tile
}
