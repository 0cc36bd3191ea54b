import type { ValueName } from '../../inference/onnx-file.ts'
import type { OnnxNode } from '../../inference/read-onnx.ts'
import type { Rewriter } from './rewriter.ts'

type Convolution = {
  /** `[out, in / groups, height, width]` */
  readonly dims: readonly number[]
  readonly kernel: Float64Array
  readonly bias: Float64Array
}

const ONE_BY_ONE = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] }

/** A convolution with all that follows it and can be folded in; then its hard-swish, if it has one. */
export function rewriteConvolution(rewriter: Rewriter, node: OnnxNode): void {
  const { graph, constant } = rewriter
  const [from = '', weights = '', bias] = node.inputs
  const { dims, data } = rewriter.tensorOf(weights)
  const channels = dims[0]!
  const convolution: Convolution = {
    dims,
    kernel: Float64Array.from(data),
    bias: bias ? Float64Array.from(rewriter.tensorOf(bias).data) : new Float64Array(channels),
  }
  const input = takeShift(rewriter, from, convolution)
  const end = foldFollowers(rewriter, node.outputs[0]!, convolution)
  const inputs = [input, constant(dims, convolution.kernel), constant([channels], convolution.bias)]
  const output = graph.op('Conv', inputs, node.attributes)
  rewriter.set(end, output)
  rewriteHardSwish(rewriter, { value: end, output, channels })
}

/**
 * What the input lacks goes into the bias. Not where the picture is padded: zeros stand there for the value itself, so there the
 * shift is added first, by a convolution that keeps the blocked layout.
 */
function takeShift(rewriter: Rewriter, value: string, { dims, kernel, bias }: Convolution) {
  const { name, shift } = rewriter.shiftedOf(value)
  if (shift === 0) return name
  const [channels = 0, inputs = 0, height = 0, width = 0] = dims
  if (height * width === 1) {
    for (let o = 0; o < channels; o++)
      for (let i = 0; i < inputs; i++) bias[o]! += shift * kernel[o * inputs + i]!
    return name
  }
  if (inputs !== 1) throw new Error('a padded convolution with a shifted input is not depthwise')
  const shifted = scaleEach(rewriter, name, { channels, factor: 1, shift })
  rewriter.set(value, shifted)
  return shifted
}

/** Folds scalar factors and shifts and batch normalisations. @returns the value after them */
function foldFollowers(rewriter: Rewriter, output: string, convolution: Convolution): string {
  const { kernel, bias } = convolution
  const each = kernel.length / bias.length
  let value = output
  for (;;) {
    const next = rewriter.onlyUserOf(value)
    if (!next) return value
    if (next.op === 'BatchNormalization') {
      const { factors, shifts } = batchNormalisation(rewriter, next)
      for (let o = 0; o < bias.length; o++) {
        for (let i = o * each; i < (o + 1) * each; i++) kernel[i]! *= factors[o]!
        bias[o] = bias[o]! * factors[o]! + shifts[o]!
      }
    } else {
      const scalar = scalarBeside(rewriter, next, value)
      if (scalar === undefined) return value
      if (next.op === 'Mul') {
        for (let i = 0; i < kernel.length; i++) kernel[i]! *= scalar
        for (let o = 0; o < bias.length; o++) bias[o]! *= scalar
      } else for (let o = 0; o < bias.length; o++) bias[o]! += scalar
    }
    rewriter.skip(next)
    value = next.outputs[0]!
  }
}

/** As factor and shift for each channel. */
export function batchNormalisation(rewriter: Rewriter, { inputs, attributes }: OnnxNode) {
  const [scale, shift, mean, variance] = inputs
    .slice(1)
    .map((value) => rewriter.tensorOf(value).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const epsilon = Number(attributes.epsilon)
  const factors = Float64Array.from(scale, (value, o) => value / Math.sqrt(variance[o]! + epsilon))
  const shifts = factors.map((factor, o) => shift[o]! - mean[o]! * factor)
  return { factors, shifts }
}

/** The one number that a node multiplies or adds; the 3 of a hard-swish, written without dimensions, is not meant. */
function scalarBeside(rewriter: Rewriter, { op, inputs }: OnnxNode, value: string) {
  const other = inputs.find((input) => input !== value)
  if (other === undefined || (op !== 'Mul' && op !== 'Add')) return undefined
  const scalar = rewriter.scalarOf(other)
  return scalar === undefined || rewriter.tensorOf(other).dims.length === 0 ? undefined : scalar
}

type Activated = { readonly value: string; readonly output: ValueName; readonly channels: number }

/**
 * x * clip(x + 3, 0, 6) / 6, and the learned factor and shift that follow, as x * clip(f (x / 6 + 1 / 2), 0, f). The clip is fused
 * into a depthwise convolution, so all of it stays in the blocked layout.
 */
function rewriteHardSwish(rewriter: Rewriter, { value, output, channels }: Activated): void {
  const { graph, constant } = rewriter
  const plusThree = rewriter
    .usersOf(value)
    .find(({ op, inputs }) => op === 'Add' && rewriter.scalarOf(inputs[1] ?? '') === 3)
  if (!plusThree) return
  const chain = [plusThree, ...rewriter.chainFrom(plusThree.outputs[0]!, ['Clip', 'Mul', 'Div'])]
  let factor = 1
  let shift = 0
  let end = chain.at(-1)!.outputs[0]!
  for (;;) {
    const next = rewriter.onlyUserOf(end)
    const scalar = next && scalarBeside(rewriter, next, end)
    if (!next || scalar === undefined) break
    if (next.op === 'Mul') {
      factor *= scalar
      shift *= scalar
    } else shift += scalar
    chain.push(next)
    end = next.outputs[0]!
  }
  if (factor <= 0) throw new Error('a hard-swish with a negative factor')
  for (const node of chain) rewriter.skip(node)
  const gate = scaleEach(rewriter, output, { channels, factor: factor / 6, shift: factor / 2 })
  const clipped = graph.op('Clip', [gate, constant([], [0]), constant([], [factor])])
  rewriter.set(end, { name: graph.op('Mul', [output, clipped]), shift })
}

type Scaling = { readonly channels: number; readonly factor: number; readonly shift: number }

function scaleEach(rewriter: Rewriter, value: ValueName, { channels, factor, shift }: Scaling) {
  const { graph, constant } = rewriter
  const kernel = constant([channels, 1, 1, 1], new Float32Array(channels).fill(factor))
  const bias = constant([channels], new Float32Array(channels).fill(shift))
  return graph.op('Conv', [value, kernel, bias], { ...ONE_BY_ONE, group: channels })
}

/** A 1 x 1 convolution of dense weights, `[out, in]`. */
export function addOneByOne(
  { graph, constant }: Rewriter,
  input: ValueName,
  { weights, bias }: { weights: Float32Array; bias: Float32Array },
): ValueName {
  const outputs = bias.length
  const kernel = constant([outputs, weights.length / outputs, 1, 1], weights)
  return graph.op('Conv', [input, kernel, constant([outputs], bias)], ONE_BY_ONE)
}
