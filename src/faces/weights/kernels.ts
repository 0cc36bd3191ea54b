import type { OnnxGraph, ValueName } from '../../inference/onnx-file.ts'
import type { Weight } from './read-weights.ts'

/** A convolution's weights as ONNX wants them: `[out, in, height, width]`. */
export type Kernel = { readonly dims: readonly number[]; readonly data: Float32Array }

/**
 * From TensorFlow's `[height, width, in, out]`.
 *
 * @param gain a factor for each output channel: folds a batch normalisation into the convolution
 */
export function convolutionKernel({ data, shape }: Weight, gain?: Float32Array): Kernel {
  const [height, width, inputs, outputs] = fourOf(shape)
  const kernel = new Float32Array(data.length)
  for (let at = 0, o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let yx = 0; yx < height * width; yx++)
        kernel[at++] = data[(yx * inputs + i) * outputs + o]! * (gain?.[o] ?? 1)
  return { dims: [outputs, inputs, height, width], data: kernel }
}

/** From TensorFlow's `[height, width, channels, 1]`: each channel has its own filter. */
export function depthwiseKernel({ data, shape }: Weight, gain?: Float32Array): Kernel {
  const [height, width, channels] = fourOf(shape)
  const kernel = new Float32Array(data.length)
  for (let at = 0, c = 0; c < channels; c++)
    for (let yx = 0; yx < height * width; yx++)
      kernel[at++] = data[yx * channels + c]! * (gain?.[c] ?? 1)
  return { dims: [channels, 1, height, width], data: kernel }
}

type Convolution = {
  /** Unique in the graph: names the constants. */
  readonly name: string
  readonly kernel: Kernel
  readonly bias?: Float32Array
  readonly stride?: number
  /** 'same': as TensorFlow, the output is the input over the stride; a number: pixels on each side. Default 0. */
  readonly padding?: 'same' | number
  readonly isDepthwise?: boolean
}

export function addConvolution(
  graph: OnnxGraph,
  input: ValueName,
  { name, kernel, bias, stride = 1, padding = 0, isDepthwise = false }: Convolution,
): ValueName {
  const inputs = [input, graph.constant(`${name}.w`, kernel.dims, kernel.data)]
  if (bias) inputs.push(graph.constant(`${name}.b`, [bias.length], bias))
  return graph.op('Conv', inputs, {
    kernel_shape: kernel.dims.slice(2),
    strides: [stride, stride],
    ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { pads: Array(4).fill(padding) }),
    ...(isDepthwise ? { group: kernel.dims[0]! } : {}),
  })
}

function fourOf(shape: readonly number[]): [number, number, number, number] {
  const [a, b, c, d] = shape
  if (
    shape.length !== 4 ||
    a === undefined ||
    b === undefined ||
    c === undefined ||
    d === undefined
  )
    throw new Error(`a kernel has 4 dimensions, not ${shape.length}`)
  return [a, b, c, d]
}
