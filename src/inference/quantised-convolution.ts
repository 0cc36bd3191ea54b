import { CONTRIB, type OnnxGraph, type ValueName } from './onnx-file.ts'

/** A value held in bytes: `scale * (byte - zeroPoint)` is what a byte stands for. */
export type ByteValue = {
  readonly name: ValueName
  readonly scale: number
  readonly zeroPoint: number
}

const LARGEST_WEIGHT = 127

type Convolution = {
  /** Unique in the graph: names the constants. */
  readonly name: string
  /** `[out, in / groups, height, width]` */
  readonly kernel: { readonly dims: readonly number[]; readonly data: ArrayLike<number> }
  readonly bias: ArrayLike<number>
  /** What the bytes of the result stand for; what lies beyond 0 and 255 is cut off, which is how a net's ReLU costs nothing. */
  readonly output: { readonly scale: number; readonly zeroPoint: number }
  /** ONNX attributes of a `Conv`; `channels_last: 1`: input and result are N x height x width x channels. */
  readonly attributes: Record<string, number | string | readonly number[]>
}

/** Adds a convolution of bytes, a scale for each channel of its weights: a third of the CPU of floats (with VNNI). */
export function addByteConvolution(
  graph: OnnxGraph,
  input: ByteValue,
  { name, kernel, bias, output, attributes }: Convolution,
): ByteValue {
  const channels = bias.length
  const each = kernel.data.length / channels
  const weights = new Int8Array(kernel.data.length)
  const scales = new Float32Array(channels)
  const biases = new Int32Array(channels)
  for (let o = 0; o < channels; o++) {
    let largest = 0
    for (let i = o * each; i < (o + 1) * each; i++)
      largest = Math.max(largest, Math.abs(kernel.data[i]!))
    // A bias must fit into 32 bits beside the weights, even those of a channel that is nothing but bias.
    const least = Math.abs(bias[o]!) / (input.scale * 2 ** 30)
    const scale = Math.fround(Math.max(largest / LARGEST_WEIGHT, least, 1e-12))
    scales[o] = scale
    for (let i = o * each; i < (o + 1) * each; i++) weights[i] = Math.round(kernel.data[i]! / scale)
    biases[o] = Math.round(bias[o]! / (input.scale * scale))
  }
  const float = (part: string, value: number) =>
    graph.constant(`${name}.${part}`, [], Float32Array.of(value))
  const byte = (part: string, value: number) =>
    graph.constant(`${name}.${part}`, [], Uint8Array.of(value))
  const result = graph.op(
    attributes.channels_last === 1 ? `${CONTRIB}QLinearConv` : 'QLinearConv',
    [
      input.name,
      float('xs', input.scale),
      byte('xz', input.zeroPoint),
      graph.constant(`${name}.w`, kernel.dims, weights),
      graph.constant(`${name}.ws`, [channels], scales),
      graph.constant(`${name}.wz`, [channels], new Int8Array(channels)),
      float('ys', output.scale),
      byte('yz', output.zeroPoint),
      graph.constant(`${name}.b`, [channels], biases),
    ],
    attributes,
  )
  return { name: result, ...output }
}

/** The value in floats again. */
export function addFloats(graph: OnnxGraph, { name, scale, zeroPoint }: ByteValue): ValueName {
  return graph.op('DequantizeLinear', [
    name,
    graph.constant(`${name}.s`, [], Float32Array.of(scale)),
    graph.constant(`${name}.z`, [], Uint8Array.of(zeroPoint)),
  ])
}
