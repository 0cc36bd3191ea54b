import { startGraph, type ValueName } from '../../inference/onnx-file.ts'
import { addConvolution, convolutionKernel } from './kernels.ts'
import type { Weights } from './read-weights.ts'

const ENTRY_CHANNELS = 32
/** Side of the map after the 7 x 7 convolution (72) and the pooling that follow the 150 px input. */
const ENTRY_SIDE = 35

/**
 * dlib's face recognition ResNet (http://dlib.net/dnn_face_recognition_ex.cpp.html): `input` N x 3 x 150 x 150 gives
 * `embedding` N x 128. Every convolution is followed by a scale and a shift for each channel, folded into it here.
 */
export function convertDlibResnet(weights: Weights): Buffer {
  const graph = startGraph('dlib-resnet')
  const relu = (x: ValueName) => graph.op('Relu', [x])

  function convolve(x: ValueName, name: string, { stride = 1, padding = 0 } = {}): ValueName {
    const gain = weights(`${name}/scale/weights`).data
    const shift = weights(`${name}/scale/biases`).data
    const bias = weights(`${name}/conv/bias`).data.map((value, i) => value * gain[i]! + shift[i]!)
    const kernel = convolutionKernel(weights(`${name}/conv/filters`), gain)
    return addConvolution(graph, x, { name, kernel, bias, stride, padding })
  }

  function addBlock(x: ValueName, name: string): ValueName {
    const first = relu(convolve(x, `${name}/conv1`, { padding: 1 }))
    return relu(graph.op('Add', [convolve(first, `${name}/conv2`, { padding: 1 }), x]))
  }

  let side = ENTRY_SIDE
  let channels = ENTRY_CHANNELS
  function addHalvingBlock(x: ValueName, name: string, outputChannels: number): ValueName {
    const first = relu(convolve(x, `${name}/conv1`, { stride: 2 }))
    let y = convolve(first, `${name}/conv2`, { padding: 1 })
    let shortcut = graph.op('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] })
    // The branches differ by a pixel where the side is even, and by channels: zeros fill both gaps, as in dlib.
    const convolvedSide = Math.floor((side - 3) / 2) + 1
    const pooledSide = Math.floor(side / 2)
    if (convolvedSide !== pooledSide)
      y = graph.op('Pad', [y, graph.integers('pad-corner', [0, 0, 0, 0, 0, 0, 1, 1])])
    const missing = outputChannels - channels
    if (missing > 0)
      shortcut = graph.op('Pad', [
        shortcut,
        graph.integers(`pad-${missing}`, [0, 0, 0, 0, 0, missing, 0, 0]),
      ])
    side = pooledSide
    channels = outputChannels
    return relu(graph.op('Add', [shortcut, y]))
  }

  let x = relu(convolve('input', 'conv32_down', { stride: 2 }))
  x = graph.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] })
  for (const name of ['conv32_1', 'conv32_2', 'conv32_3']) x = addBlock(x, name)
  x = addHalvingBlock(x, 'conv64_down', 64)
  for (const name of ['conv64_1', 'conv64_2', 'conv64_3']) x = addBlock(x, name)
  x = addHalvingBlock(x, 'conv128_down', 128)
  for (const name of ['conv128_1', 'conv128_2']) x = addBlock(x, name)
  x = addHalvingBlock(x, 'conv256_down', 256)
  for (const name of ['conv256_1', 'conv256_2']) x = addBlock(x, name)
  x = addHalvingBlock(x, 'conv256_down_out', 256)
  x = graph.op('Flatten', [graph.op('GlobalAveragePool', [x])], { axis: 1 })
  const { shape, data } = weights('fc')
  graph.op('MatMul', [x, graph.constant('fc', shape, data)], {}, 'embedding')
  return graph.encode({
    inputs: [{ name: 'input', dims: ['N', 3, 150, 150] }],
    outputs: [{ name: 'embedding', dims: ['N', 128] }],
  })
}
