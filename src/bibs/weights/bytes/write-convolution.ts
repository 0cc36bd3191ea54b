import { addByteConvolution } from '../../../inference/quantised-convolution.ts'
import type { OnnxNode } from '../../../inference/read-onnx.ts'
import type { Rewriter } from '../rewriter.ts'
import { type ByteWriter, factorsOf } from './byte-writer.ts'
import { gateAfter, writeHardSwish } from './hard-swish.ts'
import { type Held, type Steps, settle, stepsOf } from './held.ts'

export type Convolution = {
  /** `[out, in / groups, height, width]` */
  readonly dims: readonly number[]
  readonly kernel: Float64Array
  readonly bias: Float64Array
  readonly attributes: OnnxNode['attributes']
}

/** Where a sigmoid is followed: beyond it hardly moves. */
const LOGITS = [-6, 6] as const

/** A convolution on bytes, with the hard-swish or ReLU that follows. */
export function writeConvolution(writer: ByteWriter, node: OnnxNode): boolean {
  const { rewriter, held } = writer
  const x = held.get(node.inputs[0]!)!
  const first = convolutionOf(rewriter, node)
  const { convolution, output } = joinNext(rewriter, first, node.outputs[0]!)
  const channels = convolution.bias.length
  const gate = gateAfter(rewriter, output)
  if (gate) {
    const range = writer.rangeOf(output, { kind: 'swished' })
    const target = { ...stepsOf(range), factors: factorsOf(range, channels) }
    writeHardSwish(writer, convolve(rewriter, x, { name: output, convolution, target }), gate)
    return true
  }
  const next = rewriter.onlyUserOf(output)
  const isRectified = next?.op === 'Relu'
  if (isRectified) rewriter.skip(next)
  const end = isRectified ? next.outputs[0]! : output
  const [low, high] = next?.op === 'Sigmoid' ? LOGITS : writer.rangeOf(end, { kind: 'plain' })
  const target = stepsOf([isRectified ? 0 : low, high])
  held.set(end, convolve(rewriter, x, { name: end, convolution, target }))
  return true
}

function convolutionOf(rewriter: Rewriter, { inputs, attributes }: OnnxNode): Convolution {
  const [, weights = '', bias = ''] = inputs
  const { dims, data } = rewriter.tensorOf(weights)
  const kernel = Float64Array.from(data)
  return { dims, kernel, bias: Float64Array.from(rewriter.tensorOf(bias).data), attributes }
}

/** Two 1 x 1 convolutions without anything between are one. */
function joinNext(rewriter: Rewriter, first: Convolution, output: string) {
  const next = rewriter.onlyUserOf(output)
  const second = next?.op === 'Conv' ? convolutionOf(rewriter, next) : undefined
  if (!next || !second || !isPointwise(first) || !isPointwise(second))
    return { convolution: first, output }
  rewriter.skip(next)
  return { convolution: joinPointwise(first, second), output: next.outputs[0]! }
}

const isPointwise = ({ dims, attributes }: Convolution) =>
  dims[2] === 1 && dims[3] === 1 && (attributes.group ?? 1) === 1

function joinPointwise(first: Convolution, second: Convolution): Convolution {
  const [outputs = 0, middle = 0] = second.dims
  const [, inputs = 0] = first.dims
  const kernel = new Float64Array(outputs * inputs)
  const bias = Float64Array.from(second.bias)
  for (let o = 0; o < outputs; o++)
    for (let m = 0; m < middle; m++) {
      const weight = second.kernel[o * middle + m]!
      bias[o]! += weight * first.bias[m]!
      for (let i = 0; i < inputs; i++)
        kernel[o * inputs + i]! += weight * first.kernel[m * inputs + i]!
    }
  return { ...second, dims: [outputs, inputs, 1, 1], kernel, bias }
}

type Target = Steps & { readonly factors?: Float64Array | undefined }

/** Takes what the input's bytes leave out into the weights. */
function convolve(
  rewriter: Rewriter,
  input: Held,
  { name: value, convolution, target }: { name: string; convolution: Convolution; target: Target },
): Held {
  const { dims, kernel, bias, attributes } = convolution
  const [outputs = 0, inputs = 0, height = 0, width = 0] = dims
  const area = height * width
  // Padding is of bytes that stand for 0. The pixels' padding is of the mean colour.
  const x = area > 1 && !input.order ? settle(rewriter, input) : input
  const isDepthwise = inputs === 1
  const weights = new Float64Array(kernel.length)
  const biases = Float64Array.from(bias)
  for (let o = 0; o < outputs; o++) {
    const gain = target.factors?.[o] ?? 1
    for (let i = 0; i < inputs; i++) {
      const place = isDepthwise ? o : i
      const channel = x.order?.[place] ?? place
      const factor = x.factors?.[channel] ?? 1
      const rest = x.rest?.[channel] ?? 0
      const from = (o * inputs + (isDepthwise ? 0 : channel)) * area
      const to = (o * inputs + i) * area
      for (let k = 0; k < area; k++) {
        biases[o]! += kernel[from + k]! * rest
        weights[to + k] = (kernel[from + k]! * gain) / factor
      }
    }
    biases[o]! *= gain
  }
  const { scale, zeroPoint, factors } = target
  const { name } = addByteConvolution(rewriter.graph, x, {
    name: value,
    kernel: { dims, data: weights },
    bias: biases,
    output: { scale, zeroPoint },
    attributes: { ...attributes, channels_last: 1 },
  })
  return { name, scale, zeroPoint, channels: outputs, factors }
}
