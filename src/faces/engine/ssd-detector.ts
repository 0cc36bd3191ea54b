import { lazy } from '../../inference/lazy.ts'
import type { Net, OpenNet } from '../../inference/session.ts'
import { freeMemory } from '../../lib/free-memory.ts'
import type { Pixels } from '../../media/scale-pixels.ts'
import type { FaceModelFiles } from '../weights/prepare-face-models.ts'
import { atEachSize } from './at-each-size.ts'
import { type ScoredBox, withoutDoubles } from './boxes.ts'
import type { FaceDetector } from './face-detector.ts'
import { locateLandmarks } from './locate-landmarks.ts'
import { type AnchorLevel, decodeSsd, readAnchors } from './ssd-boxes.ts'
import { type Tile, tilesOf } from './tiles.ts'

/**
 * A photo is looked at in two sizes: in the larger the net finds faces of 15 px and more, in the smaller those that a tile would
 * cut. 1600 px finds 1 % more faces for 138 % of the CPU, 1024 px 5 % fewer for 75 %; the F1 of searches is the same.
 *
 * A selfie's face that fills the picture is missed at 512 px (8 of 28 selfies) and found at 256 px (28 of 28, score .93 and
 * more), where all around it is black.
 *
 * Photos are looked at in bytes. A selfie is one look of few pixels, and in bytes 1 of 8 has no face: its scores lie near the limit.
 */
const LOOKS = { photo: { sides: [1280, 512] }, selfie: { sides: [512, 256], isExact: true } }
const MIN_SCORE = 0.4

/** SSD-MobileNet and the net of 68 landmarks. */
export async function openSsdDetector(
  { openNet }: { openNet: OpenNet },
  files: FaceModelFiles,
): Promise<FaceDetector> {
  const nets = {
    bytes: lazy(() => openNet(files.detector, 'face detector')),
    floats: lazy(() => openNet(files.exactDetector, 'face detector')),
  }
  const opened = new Set<Net>()
  const [levels, landmarkNet] = await Promise.all([
    readAnchors(files.detectorPriors),
    openNet(files.landmarks, 'landmarks'),
  ])
  return {
    looks: LOOKS,
    async detect(picture, { sides, isExact = false }) {
      const net = await (isExact ? nets.floats : nets.bytes)()
      opened.add(net)
      return withoutDoubles(
        await atEachSize(picture, sides, (scaled) => detectOnce({ net, levels }, scaled)),
      )
    },
    locate: (picture, { faces, frames }) =>
      locateLandmarks(landmarkNet, picture, { boxes: faces.map(({ box }) => box), frames }),
    async release() {
      await Promise.all([...opened, landmarkNet].map((net) => net.release()))
    },
  }
}

/**
 * A photo of 1280 px is one tile: in bytes it costs no more a pixel than smaller ones, and none is seen twice. The maps down to
 * stride 64 are exact on sides that are multiples of it; the coarser ones only see faces which the smaller sizes find too.
 */
const TILE = { maxSide: 1280, overlap: 96, multiple: 64 }

async function detectOnce(
  { net, levels }: { net: Net; levels: readonly AnchorLevel[] },
  pixels: Pixels,
): Promise<ScoredBox[]> {
  const found: ScoredBox[] = []
  for (const tile of tilesOf(pixels, TILE)) {
    const width = Math.ceil(tile.width / TILE.multiple) * TILE.multiple
    const height = Math.ceil(tile.height / TILE.multiple) * TILE.multiple
    const data = cutTile(pixels, tile, { width, height })
    const { boxes, classes } = await net.run({ data, dims: [1, height, width, 3] })
    if (!boxes || !classes) throw new Error('the face detector gives no boxes or classes')
    const options = { levels, width, height, minScore: MIN_SCORE }
    for (const { score, box } of decodeSsd({ boxes, classes }, options))
      found.push({ score, box: [box[0] + tile.left, box[1] + tile.top, box[2], box[3]] })
    for (const used of [data, boxes.data, classes.data]) freeMemory(used)
  }
  return found
}

/** A tile's pixels, as the net takes them; what lies beyond the tile is black. */
function cutTile(
  pixels: Pixels,
  { left, top, width: columns, height: rows }: Tile,
  { width, height }: { width: number; height: number },
): Uint8Array {
  const data = new Uint8Array(3 * width * height)
  for (let row = 0; row < rows; row++) {
    const from = 3 * ((top + row) * pixels.width + left)
    data.set(pixels.data.subarray(from, from + 3 * columns), 3 * row * width)
  }
  return data
}
