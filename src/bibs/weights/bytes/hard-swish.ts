import { CONTRIB, type ValueName } from '../../../inference/onnx-file.ts'
import { addByteConvolution } from '../../../inference/quantised-convolution.ts'
import type { Rewriter } from '../rewriter.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type Held, heldOperands, operandsOf, shifted, stepsOf } from './held.ts'

/** y * clip(f (y / 6 + 1 / 2), 0, f), as the float net has it; f is learned. */
export type HardSwish = { readonly factor: number; readonly product: string }

/** The hard-swish that follows a value, if one does; its nodes are taken. */
export function gateAfter(rewriter: Rewriter, value: string): HardSwish | undefined {
  const users = rewriter.usersOf(value)
  const scaled = users.find(({ op }) => op === 'Conv')
  const product = users.find(({ op }) => op === 'Mul')
  if (users.length !== 2 || !scaled || !product) return undefined
  const clip = rewriter.onlyUserOf(scaled.outputs[0]!)
  if (clip?.op !== 'Clip' || !product.inputs.includes(clip.outputs[0]!)) return undefined
  for (const node of [scaled, clip, product]) rewriter.skip(node)
  return { factor: rewriter.scalarOf(clip.inputs[2] ?? '') ?? 1, product: product.outputs[0]! }
}

/** clip(y + 3, 0, 6): bytes cut off what lies beyond by themselves. */
const GATE = stepsOf([0, 6])
const THREE = stepsOf([0, 3])
/** The least of y * clip(y + 3, 0, 6). */
const LEAST = -2.25

/** Writes it on bytes, with the learned shift that may follow. */
export function writeHardSwish(
  { rewriter, held }: ByteWriter,
  y: Held,
  { factor, product }: HardSwish,
): void {
  const most = 6 * (255 - y.zeroPoint) * y.scale
  const steps = stepsOf([LEAST, most])
  const name = rewriter.graph.op(`${CONTRIB}QLinearMul`, [
    ...heldOperands(rewriter, y),
    y.factors ? gateByChannel(rewriter, { ...y, factors: y.factors }) : gateOf(rewriter, y),
    ...operandsOf(rewriter, GATE),
    ...operandsOf(rewriter, steps),
  ])
  const scale = (steps.scale * factor) / 6
  const swished: Held = { ...y, name, scale, zeroPoint: steps.zeroPoint }
  held.set(product, swished)
  const shift = shiftAfter(rewriter, product)
  if (shift) held.set(shift.output, shifted(swished, shift.by))
}

function gateOf(rewriter: Rewriter, y: Held): ValueName {
  const [scale = '', zeroPoint = ''] = operandsOf(rewriter, THREE)
  const three = [rewriter.graph.constant('byte 255', [], Uint8Array.of(255)), scale, zeroPoint]
  const operands = [...heldOperands(rewriter, y), ...three, ...operandsOf(rewriter, GATE)]
  return rewriter.graph.op(`${CONTRIB}QLinearAdd`, operands)
}

/** Channels that are held in steps of their own are brought to the common ones. */
function gateByChannel(
  { graph }: Rewriter,
  y: Held & { readonly factors: Float64Array },
): ValueName {
  const { channels, factors } = y
  const kernel = { dims: [channels, 1, 1, 1], data: factors.map((factor) => 1 / factor) }
  const bias = new Float64Array(channels).fill(3)
  const attributes = { kernel_shape: [1, 1], group: channels, channels_last: 1 }
  return addByteConvolution(graph, y, {
    name: `${y.name} gate`,
    kernel,
    bias,
    output: GATE,
    attributes,
  }).name
}

/** A learned shift: a convolution with weights of 1. */
function shiftAfter(rewriter: Rewriter, value: string) {
  const next = rewriter.onlyUserOf(value)
  if (next?.op !== 'Conv') return undefined
  const { dims, data } = rewriter.tensorOf(next.inputs[1]!)
  const isShift =
    dims.slice(1).every((side) => side === 1) &&
    Number(next.attributes.group) === dims[0] &&
    data.every((weight) => weight === 1)
  if (!isShift) return undefined
  rewriter.skip(next)
  return { output: next.outputs[0]!, by: rewriter.tensorOf(next.inputs[2]!).data[0]! }
}
