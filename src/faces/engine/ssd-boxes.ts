import { readFile } from 'node:fs/promises'
import type { FloatTensor } from '../../inference/session.ts'
import type { ScoredBox } from './boxes.ts'

/** Prior boxes of one map of the detector: the same shapes, in pixels, at the centre of every cell. */
export type AnchorLevel = {
  readonly stride: number
  readonly shapes: ReadonlyArray<{ readonly width: number; readonly height: number }>
}

/** The side that the priors are written for. */
const TRAINED_SIDE = 512
/** Cells a side and shapes a cell, map by map, at 512 x 512: 5118 priors. */
const LEVELS = [
  { cells: 32, shapes: 3 },
  { cells: 16, shapes: 6 },
  { cells: 8, shapes: 6 },
  { cells: 4, shapes: 6 },
  { cells: 2, shapes: 6 },
  { cells: 1, shapes: 6 },
]

/** Reads the shapes out of the file of priors: with them, boxes can be decoded at any input size. */
export async function readAnchors(priorsFile: string): Promise<AnchorLevel[]> {
  const priors = await readFile(priorsFile)
  const corner = (prior: number, k: number) => priors.readFloatLE(16 * prior + 4 * k) * TRAINED_SIDE
  let first = 0
  return LEVELS.map(({ cells, shapes }) => {
    const start = first
    first += cells * cells * shapes
    return {
      stride: TRAINED_SIDE / cells,
      shapes: Array.from({ length: shapes }, (_, shape) => ({
        width: corner(start + shape, 3) - corner(start + shape, 1),
        height: corner(start + shape, 2) - corner(start + shape, 0),
      })),
    }
  })
}

/** Divisors of the offsets, as the net was trained: centre 10, size 5. */
const CENTRE_VARIANCE = 10
const SIZE_VARIANCE = 5
/** Numbers a prior in each output: y, x, height, width; and background, face, a class never used. */
const OFFSETS = 4
const CLASSES = 3

/** Boxes of at least `minScore`, in pixels of the net's input of this size. */
export function decodeSsd(
  { boxes, classes }: { boxes: FloatTensor; classes: FloatTensor },
  { levels, width, height, minScore }: DecodeOptions,
): ScoredBox[] {
  const offsets = boxes.data
  const logits = classes.data
  const minLogit = Math.log(minScore / (1 - minScore))
  const found: ScoredBox[] = []
  let prior = 0
  for (const { stride, shapes } of levels) {
    const rows = Math.ceil(height / stride)
    const columns = Math.ceil(width / stride)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (const shape of shapes) {
          const logit = logits[CLASSES * prior + 1]!
          const at = OFFSETS * prior++
          if (logit < minLogit) continue
          const centreY = (row + 0.5) * stride + (offsets[at]! / CENTRE_VARIANCE) * shape.height
          const centreX =
            (column + 0.5) * stride + (offsets[at + 1]! / CENTRE_VARIANCE) * shape.width
          const h = Math.exp(offsets[at + 2]! / SIZE_VARIANCE) * shape.height
          const w = Math.exp(offsets[at + 3]! / SIZE_VARIANCE) * shape.width
          const score = 1 / (1 + Math.exp(-logit))
          found.push({ score, box: [centreX - w / 2, centreY - h / 2, w, h] })
        }
  }
  if (prior * OFFSETS !== offsets.length)
    throw new Error(`the detector gave ${offsets.length / OFFSETS} priors, expected ${prior}`)
  return found
}

type DecodeOptions = {
  readonly levels: readonly AnchorLevel[]
  readonly width: number
  readonly height: number
  readonly minScore: number
}
