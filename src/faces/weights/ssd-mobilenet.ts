import { startGraph, type ValueName } from '../../inference/onnx-file.ts'
import { addConvolution, convolutionKernel, depthwiseKernel } from './kernels.ts'
import type { Weights } from './read-weights.ts'

/** Depthwise layers that halve the map. */
const HALVING_LAYERS = new Set([2, 4, 6, 12])
const BATCH_NORM_EPSILON = 0.001

/**
 * SSD-MobileNetV1, trained on faces: `input` N x 3 x height x width gives `boxes` N x P x 4 (offsets from the priors) and
 * `classes` N x P x 3 (logits; class 1 is a face). P is 5118 at the 512 x 512 it was trained at; the net is convolutions
 * alone, so any size runs. Batch normalisation is folded into the convolutions.
 */
export function convertSsdMobilenet(weights: Weights): Buffer {
  const graph = startGraph('ssd-mobilenet')
  const zero = graph.constant('zero', [], Float32Array.of(0))
  const six = graph.constant('six', [], Float32Array.of(6))
  const relu6 = (x: ValueName) => graph.op('Clip', [x, zero, six])

  function addPointwise(x: ValueName, name: string, stride: number): ValueName {
    const kernel = convolutionKernel(weights(`${name}/weights`))
    const bias = weights(`${name}/convolution_bn_offset`).data
    return relu6(addConvolution(graph, x, { name, kernel, bias, stride, padding: 'same' }))
  }

  function addDepthwise(x: ValueName, name: string, stride: number): ValueName {
    const norm = (part: string) => weights(`${name}/BatchNorm/${part}`).data
    const mean = norm('moving_mean')
    const variance = norm('moving_variance')
    const gain = norm('gamma').map(
      (gamma, i) => gamma / Math.sqrt(variance[i]! + BATCH_NORM_EPSILON),
    )
    const bias = norm('beta').map((beta, i) => beta - mean[i]! * gain[i]!)
    const kernel = depthwiseKernel(weights(`${name}/depthwise_weights`), gain)
    return relu6(
      addConvolution(graph, x, { name, kernel, bias, stride, padding: 'same', isDepthwise: true }),
    )
  }

  function addHead(feature: ValueName, name: string, width: number): ValueName {
    const kernel = convolutionKernel(weights(`${name}/weights`))
    const bias = weights(`${name}/biases`).data
    const map = addConvolution(graph, feature, { name, kernel, bias })
    const channelsLast = graph.op('Transpose', [map], { perm: [0, 2, 3, 1] })
    return graph.op('Reshape', [channelsLast, graph.integers(`rows-of-${width}`, [0, -1, width])])
  }

  const features: ValueName[] = []
  let x = addPointwise('input', 'MobilenetV1/Conv2d_0_pointwise', 2)
  for (let layer = 1; layer <= 13; layer++) {
    const name = `MobilenetV1/Conv2d_${layer}`
    x = addDepthwise(x, `${name}_depthwise`, HALVING_LAYERS.has(layer) ? 2 : 1)
    x = addPointwise(x, `${name}_pointwise`, 1)
    if (layer === 11 || layer === 13) features.push(x)
  }
  for (let layer = 0; layer < 8; layer++) {
    const isHalving = layer % 2 === 1
    x = addPointwise(x, `Prediction/Conv2d_${layer}_pointwise`, isHalving ? 2 : 1)
    if (isHalving) features.push(x)
  }

  const heads = (kind: string, width: number) =>
    features.map((feature, i) => addHead(feature, `Prediction/BoxPredictor_${i}/${kind}`, width))
  graph.op('Concat', heads('BoxEncodingPredictor', 4), { axis: 1 }, 'boxes')
  graph.op('Concat', heads('ClassPredictor', 3), { axis: 1 }, 'classes')
  return graph.encode({
    inputs: [{ name: 'input', dims: ['N', 3, 'height', 'width'] }],
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
