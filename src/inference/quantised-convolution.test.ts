import { expect, test } from 'vitest'
import { type OnnxGraph, startGraph } from './onnx-file.ts'
import { addByteConvolution, addFloats } from './quantised-convolution.ts'
import { openNet } from './session.ts'

const INPUT = { name: 'input', scale: 1 / 64, zeroPoint: 100 }
const OUTPUT = { scale: 1 / 16, zeroPoint: 0 }
/** 1 x 1, two channels in, three out. */
const KERNEL = { dims: [3, 2, 1, 1], data: [0.5, -1.25, 40, 0.1, 0, 0] }
const BIAS = [0.5, -3, 2.25]

const run = async (build: (graph: OnnxGraph) => void, pixels: Uint8Array) => {
  const graph = startGraph('test')
  build(graph)
  const file = graph.encode({
    inputs: [{ name: 'input', dims: ['N', 2, 'height', 'width'], type: 'uint8' }],
    outputs: [{ name: 't1', dims: ['N', 3, 'height', 'width'] }],
  })
  const net = await openNet(file)
  const { t1 } = await net.run({ data: pixels, dims: [1, 2, 1, pixels.length / 2] })
  await net.release()
  return t1!.data
}

test('a convolution of bytes gives what floats give, cut off at 0, each channel in its own scale', async () => {
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256)

  const found = await run((graph) => {
    const bytes = addByteConvolution(graph, INPUT, {
      name: 'c',
      kernel: KERNEL,
      bias: BIAS,
      output: OUTPUT,
      attributes: { kernel_shape: [1, 1] },
    })
    addFloats(graph, bytes)
  }, pixels)

  const value = (channel: number, x: number) => (pixels[channel * 32 + x]! - 100) / 64
  for (let o = 0; o < 3; o++)
    for (let x = 0; x < 32; x++) {
      const [a = 0, b = 0] = KERNEL.data.slice(2 * o)
      const exact = a * value(0, x) + b * value(1, x) + BIAS[o]!
      const expected = Math.min(255 / 16, Math.max(0, exact))
      // Half a step of the result, and what 8 bits of weights cost.
      const tolerance = 1 / 32 + (Math.max(Math.abs(a), Math.abs(b)) / 254) * 5
      expect(Math.abs(found[o * 32 + x]! - expected)).toBeLessThan(tolerance)
    }
})
