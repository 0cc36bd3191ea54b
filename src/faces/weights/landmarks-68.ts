import { startGraph, type ValueName } from '../../inference/onnx-file.ts'
import { addConvolution, convolutionKernel, depthwiseKernel } from './kernels.ts'
import type { Weights } from './read-weights.ts'

/** The 68-point landmark net: `input` N x 3 x 112 x 112 gives `points` N x 136, x and y in 0..1 of the input. */
export function convertLandmarks68(weights: Weights): Buffer {
  const graph = startGraph('landmarks-68')
  const relu = (x: ValueName) => graph.op('Relu', [x])
  const add = (a: ValueName, b: ValueName) => graph.op('Add', [a, b])

  function addPlain(x: ValueName, name: string, stride: number): ValueName {
    const kernel = convolutionKernel(weights(`${name}/filters`))
    const bias = weights(`${name}/bias`).data
    return addConvolution(graph, x, { name, kernel, bias, stride, padding: 'same' })
  }

  function addSeparable(x: ValueName, name: string, stride: number): ValueName {
    const filtered = addConvolution(graph, x, {
      name: `${name}.depthwise`,
      kernel: depthwiseKernel(weights(`${name}/depthwise_filter`)),
      stride,
      padding: 'same',
      isDepthwise: true,
    })
    return addConvolution(graph, filtered, {
      name: `${name}.pointwise`,
      kernel: convolutionKernel(weights(`${name}/pointwise_filter`)),
      bias: weights(`${name}/bias`).data,
    })
  }

  let x = 'input'
  for (let block = 0; block < 4; block++) {
    const name = `dense${block}`
    const first = block === 0 ? addPlain : addSeparable
    const a = relu(first(x, `${name}/conv0`, 2))
    const b = addSeparable(a, `${name}/conv1`, 1)
    const c = addSeparable(relu(add(a, b)), `${name}/conv2`, 1)
    const d = addSeparable(relu(add(a, add(b, c))), `${name}/conv3`, 1)
    x = relu(add(a, add(b, add(c, d))))
  }
  x = graph.op('AveragePool', [x], { kernel_shape: [7, 7], strides: [2, 2] })
  x = graph.op('Flatten', [x], { axis: 1 })
  const matrix = weights('fc/weights')
  const bias = weights('fc/bias').data
  graph.op(
    'Gemm',
    [
      x,
      graph.constant('fc.w', matrix.shape, matrix.data),
      graph.constant('fc.b', [bias.length], bias),
    ],
    {},
    'points',
  )
  return graph.encode({
    inputs: [{ name: 'input', dims: ['N', 3, 112, 112] }],
    outputs: [{ name: 'points', dims: ['N', 136] }],
  })
}
