import type { Net } from '../../inference/session.ts'
import { type ScoredBox, withoutDoubles } from './boxes.ts'
import { type Pixels, shrinkPixels } from './pixels.ts'
import { type AnchorLevel, decodeSsd } from './ssd-boxes.ts'
import { type Tile, tilesOf } from './tiles.ts'

export type Detector = { readonly net: Net; readonly levels: readonly AnchorLevel[] }

export type DetectOptions = {
  /** Sizes to look at the picture in, largest first: the longest side in pixels. Never enlarged. */
  readonly sides: readonly number[]
  /** 0..1 */
  readonly minScore: number
}

/** Finds faces at several sizes of the picture and merges what they found. Boxes are in pixels of the picture given. */
export async function detectFaces(
  detector: Detector,
  picture: Pixels,
  { sides, minScore }: DetectOptions,
): Promise<ScoredBox[]> {
  const found: ScoredBox[] = []
  let scaled = picture
  let previousSide = 0
  for (const side of sides) {
    scaled = await shrinkPixels(scaled, side)
    const longest = Math.max(scaled.width, scaled.height)
    if (longest === previousSide) continue
    previousSide = longest
    const scale = { x: picture.width / scaled.width, y: picture.height / scaled.height }
    for (const { score, box } of await detectOnce(detector, scaled, minScore))
      found.push({
        score,
        box: [box[0] * scale.x, box[1] * scale.y, box[2] * scale.x, box[3] * scale.y],
      })
  }
  return withoutDoubles(found)
}

/**
 * The net is run on tiles of up to 1024 x 1024: the cost of a pixel is that of 512 x 512 (80 ms for each 512 x 512), fewer pixels
 * are seen twice, and memory stays under 0.5 GB; 2048 x 1408 in one run costs half more a pixel and 1 GB. The maps down to
 * stride 64 are exact on sides that are multiples of it; the coarser ones only see faces which the smaller sizes find too.
 */
const TILE = { maxSide: 1024, overlap: 96, multiple: 64 }

async function detectOnce(
  { net, levels }: Detector,
  pixels: Pixels,
  minScore: number,
): Promise<ScoredBox[]> {
  const found: ScoredBox[] = []
  for (const tile of tilesOf(pixels, TILE)) {
    const width = Math.ceil(tile.width / TILE.multiple) * TILE.multiple
    const height = Math.ceil(tile.height / TILE.multiple) * TILE.multiple
    const data = tilePlanes(pixels, tile, { width, height })
    const { boxes, classes } = await net.run({ data, dims: [1, 3, height, width] })
    if (!boxes || !classes) throw new Error('the face detector gives no boxes or classes')
    for (const { score, box } of decodeSsd({ boxes, classes }, { levels, width, height, minScore }))
      found.push({ score, box: [box[0] + tile.left, box[1] + tile.top, box[2], box[3]] })
  }
  return found
}

/** Half of the range of a byte: the net wants -1..1. */
const HALF = 127.5

/** The red, green and blue plane of a tile, -1..1; what the tile does not cover is black. */
function tilePlanes(
  pixels: Pixels,
  tile: Tile,
  { width, height }: { width: number; height: number },
): Float32Array {
  const plane = width * height
  const planes = new Float32Array(3 * plane).fill(-1)
  for (let row = 0; row < tile.height; row++) {
    let from = ((tile.top + row) * pixels.width + tile.left) * 3
    const start = row * width
    for (let to = start; to < start + tile.width; to++) {
      planes[to] = pixels.data[from++]! / HALF - 1
      planes[plane + to] = pixels.data[from++]! / HALF - 1
      planes[2 * plane + to] = pixels.data[from++]! / HALF - 1
    }
  }
  return planes
}
