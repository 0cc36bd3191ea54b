import type { OnnxModel } from '../../../inference/read-onnx.ts'
import type { FloatTensor } from '../../../inference/session.ts'
import type { AskRange } from './byte-writer.ts'
import type { Held } from './held.ts'
import { writeInBytes } from './write-in-bytes.ts'

/** The means and deviations of ImageNet, in the order red, green, blue. */
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]

/** Of the detector's input: what lies beyond the picture. */
export const MEAN_COLOUR = 116

/** PP-OCR was trained on blue, green, red with the means in the order red, green, blue. */
const PIXELS: Held = {
  name: 'pixels',
  scale: 1,
  zeroPoint: MEAN_COLOUR,
  channels: 3,
  order: [2, 1, 0],
  factors: Float64Array.from(DEVIATION, (deviation) => 255 * deviation),
  rest: Float64Array.from(MEAN, (mean, c) => (MEAN_COLOUR / 255 - mean) / DEVIATION[c]!),
}

/**
 * The text detector in bytes.
 *
 * @param model what `quickenDetector` made
 * @returns an ONNX file: `pixels` 1 x height x width x 3, bytes in the order red, green, blue, sides multiples of 32, gives `text`
 *   1 x height / 4 x width / 4 x 16: how likely each of the 4 x 4 pixels of a square, row by row, is text, in 255ths
 */
export function detectorInBytes(model: OnnxModel, rangeOf: AskRange): Buffer {
  const input = { value: 'x', held: PIXELS }
  // Its pixels are put in their places by who reads them.
  const nodes = model.nodes.filter(({ op }) => op !== 'DepthToSpace')
  const writer = writeInBytes({ ...model, nodes }, { name: 'text-detector', input, rangeOf })
  const { graph } = writer.rewriter
  const { name = '' } = writer.held.get(nodes.at(-1)?.outputs[0] ?? '') ?? {}
  graph.op('Identity', [name], {}, 'text')
  return graph.encode({
    inputs: [{ name: 'pixels', dims: [1, 'height', 'width', 3], type: 'uint8' }],
    outputs: [{ name: 'text', dims: [1, 'rows', 'columns', 16], type: 'uint8' }],
  })
}

/** Pixels as the float detector takes them: planes of blue, green and red. */
export function detectorInput({
  data,
  width,
  height,
}: {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}): FloatTensor {
  const plane = width * height
  const planes = new Float32Array(3 * plane)
  for (const [c, mean] of MEAN.entries())
    for (let i = 0; i < plane; i++)
      planes[c * plane + i] = (data[3 * i + 2 - c]! / 255 - mean) / DEVIATION[c]!
  return { data: planes, dims: [1, 3, height, width] }
}
