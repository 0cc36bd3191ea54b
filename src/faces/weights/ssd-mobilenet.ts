import { type OnnxGraph, startGraph, type ValueName } from '../../inference/onnx-file.ts'
import {
  addByteConvolution,
  addFloats,
  type ByteValue,
} from '../../inference/quantised-convolution.ts'
import {
  addConvolution as addFloatConvolution,
  convolutionKernel,
  depthwiseKernel,
  type Kernel,
} from './kernels.ts'
import type { Weights } from './read-weights.ts'

/** Depthwise layers that halve the map. */
const HALVING_LAYERS = new Set([2, 4, 6, 12])
const BATCH_NORM_EPSILON = 0.001

type Convolution = {
  readonly name: string
  readonly kernel: Kernel
  readonly bias: Float32Array
  readonly stride: number
  readonly isDepthwise?: boolean
}

/** What the net computes in. */
type Arithmetic<Value> = {
  /** The pixels, -1 to 1, N x 3 x height x width. */
  readonly pixels: Value
  /** What is added to `pixels` to be exact. */
  readonly missing: number
  /** Padded as TensorFlow does, cut off at 0 and 6. */
  convolve(x: Value, convolution: Convolution): Value
  floats(x: Value): ValueName
}

/** Every activation of the net is cut off at 0 and 6, so its bytes need no pictures to be measured on. */
const RELU6 = { scale: 6 / 255, zeroPoint: 0 }
/** (value - 127.5) / 127.5 in bytes that have no half: what is missing goes into the first bias. */
const PIXEL = { scale: 1 / 127.5, zeroPoint: 128, missing: 0.5 / 127.5 }

function inBytes(graph: OnnxGraph): Arithmetic<ByteValue> {
  return {
    pixels: { name: graph.op('Transpose', ['input'], { perm: [0, 3, 1, 2] }), ...PIXEL },
    missing: PIXEL.missing,
    convolve(x, { name, kernel, bias, stride, isDepthwise = false }) {
      const attributes = {
        kernel_shape: kernel.dims.slice(2),
        strides: [stride, stride],
        auto_pad: 'SAME_UPPER',
        group: isDepthwise ? bias.length : 1,
      }
      return addByteConvolution(graph, x, { name, kernel, bias, output: RELU6, attributes })
    },
    floats: (x) => addFloats(graph, x),
  }
}

function inFloats(graph: OnnxGraph): Arithmetic<ValueName> {
  const number = (name: string, value: number) => graph.constant(name, [], Float32Array.of(value))
  const centred = graph.op('Sub', [graph.op('Cast', ['input'], { to: 1 }), number('middle', 127.5)])
  const scaled = graph.op('Div', [centred, number('middle', 127.5)])
  return {
    pixels: graph.op('Transpose', [scaled], { perm: [0, 3, 1, 2] }),
    missing: 0,
    convolve: (x, convolution) =>
      graph.op('Clip', [
        addFloatConvolution(graph, x, { ...convolution, padding: 'same' }),
        number('zero', 0),
        number('six', 6),
      ]),
    floats: (x) => x,
  }
}

/**
 * SSD-MobileNetV1, trained on faces: `input` N x height x width x 3, bytes in the order red, green, blue, gives `boxes` N x P x 4
 * (offsets from the priors) and `classes` N x P x 3 (logits; class 1 is a face). P is 5118 at the 512 x 512 it was trained at; the
 * net is convolutions alone, so any size runs. Batch normalisation is folded into the convolutions.
 *
 * @param precision what the convolutions compute in; the heads, of which boxes are made, compute in floats
 */
export function convertSsdMobilenet(weights: Weights, precision: 'bytes' | 'floats'): Buffer {
  const graph = startGraph('ssd-mobilenet')
  return precision === 'bytes'
    ? build(graph, weights, inBytes(graph))
    : build(graph, weights, inFloats(graph))
}

function build<Value>(graph: OnnxGraph, weights: Weights, net: Arithmetic<Value>): Buffer {
  function addPointwise(x: Value, name: string, stride: number): Value {
    const kernel = convolutionKernel(weights(`${name}/weights`))
    const bias = weights(`${name}/convolution_bn_offset`).data
    return net.convolve(x, { name, kernel, bias, stride })
  }

  function addDepthwise(x: Value, name: string, stride: number): Value {
    const norm = (part: string) => weights(`${name}/BatchNorm/${part}`).data
    const mean = norm('moving_mean')
    const variance = norm('moving_variance')
    const gain = norm('gamma').map(
      (gamma, i) => gamma / Math.sqrt(variance[i]! + BATCH_NORM_EPSILON),
    )
    const bias = norm('beta').map((beta, i) => beta - mean[i]! * gain[i]!)
    const kernel = depthwiseKernel(weights(`${name}/depthwise_weights`), gain)
    return net.convolve(x, { name, kernel, bias, stride, isDepthwise: true })
  }

  function addEntry(name: string): Value {
    const kernel = convolutionKernel(weights(`${name}/weights`))
    const each = kernel.data.length / kernel.dims[0]!
    const bias = weights(`${name}/convolution_bn_offset`).data.map((value, o) =>
      kernel.data
        .subarray(o * each, (o + 1) * each)
        .reduce((sum, weight) => sum + weight * net.missing, value),
    )
    return net.convolve(net.pixels, { name, kernel, bias, stride: 2 })
  }

  function addHead(feature: ValueName, name: string, width: number): ValueName {
    const kernel = convolutionKernel(weights(`${name}/weights`))
    const bias = weights(`${name}/biases`).data
    const map = addFloatConvolution(graph, feature, { name, kernel, bias })
    const channelsLast = graph.op('Transpose', [map], { perm: [0, 2, 3, 1] })
    return graph.op('Reshape', [channelsLast, graph.integers(`rows-of-${width}`, [0, -1, width])])
  }

  const features: ValueName[] = []
  let x = addEntry('MobilenetV1/Conv2d_0_pointwise')
  for (let layer = 1; layer <= 13; layer++) {
    const name = `MobilenetV1/Conv2d_${layer}`
    x = addDepthwise(x, `${name}_depthwise`, HALVING_LAYERS.has(layer) ? 2 : 1)
    x = addPointwise(x, `${name}_pointwise`, 1)
    if (layer === 11 || layer === 13) features.push(net.floats(x))
  }
  for (let layer = 0; layer < 8; layer++) {
    const isHalving = layer % 2 === 1
    x = addPointwise(x, `Prediction/Conv2d_${layer}_pointwise`, isHalving ? 2 : 1)
    if (isHalving) features.push(net.floats(x))
  }

  const heads = (kind: string, width: number) =>
    features.map((feature, i) => addHead(feature, `Prediction/BoxPredictor_${i}/${kind}`, width))
  graph.op('Concat', heads('BoxEncodingPredictor', 4), { axis: 1 }, 'boxes')
  graph.op('Concat', heads('ClassPredictor', 3), { axis: 1 }, 'classes')
  return graph.encode({
    inputs: [{ name: 'input', dims: ['N', 'height', 'width', 3], type: 'uint8' }],
    outputs: [
      { name: 'boxes', dims: ['N', 'P', 4] },
      { name: 'classes', dims: ['N', 'P', 3] },
    ],
  })
}

/** The 5118 prior boxes: `y0, x0, y1, x1` in 0..1 of the input, float32 little-endian. */
export function convertSsdPriors(weights: Weights): Buffer {
  const { data } = weights('Output/extra_dim')
  const out = Buffer.allocUnsafe(data.length * 4)
  for (let i = 0; i < data.length; i++) out.writeFloatLE(data[i]!, i * 4)
  return out
}
