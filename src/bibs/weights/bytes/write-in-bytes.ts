import { CONTRIB } from '../../../inference/onnx-file.ts'
import type { OnnxModel, OnnxNode } from '../../../inference/read-onnx.ts'
import { copy } from '../quicken-detector.ts'
import { startRewriting } from '../rewriter.ts'
import { type AskRange, type ByteWriter, release, type WriteNode } from './byte-writer.ts'
import {
  enlarge,
  evenSteps,
  type Held,
  heldOperands,
  operandsOf,
  settle,
  shifted,
  stepsOf,
  toFloats,
} from './held.ts'
import { writeConvolution } from './write-convolution.ts'

/** The name of the given net's input, and what the new one takes in its place. */
export type NetInput = { readonly value: string; readonly held: Held }

/**
 * Writes a net that `quickenDetector` made once more, with values in bytes: half of its CPU (with VNNI). A convolution is
 * a `QLinearConv`; a hard-swish the product of two bytes, cut off by the ends of what a byte holds; squeezed values, one a
 * channel, and all that is not made of convolutions stay in floats. Names of values are those of the given net.
 *
 * @param rangeOf what range each value takes, as measured on pictures
 */
export function writeInBytes(
  model: OnnxModel,
  { name, input, rangeOf }: { name: string; input: NetInput; rangeOf: AskRange },
): ByteWriter {
  const rewriter = startRewriting(name, model, input.value)
  const parts = partsIn(model)
  const held = new Map([[input.value, input.held]])
  const writer: ByteWriter = { rewriter, held, rangeOf, isPart: (value) => parts.has(value) }
  for (const node of model.nodes) {
    if (rewriter.isSkipped(node)) continue
    if (!isWritten(writer, node)) {
      for (const value of node.inputs) release(writer, value)
      copy(rewriter, node)
    }
  }
  return writer
}

function isWritten(writer: ByteWriter, node: OnnxNode): boolean {
  const held = node.inputs.flatMap((value) => writer.held.get(value) ?? [])
  if (held.some(({ times = 1 }) => times > 1) && !ENLARGING.has(node.op))
    throw new Error(`a ${node.op} of a value that is to be enlarged`)
  return held.length > 0 && !!WRITE[node.op]?.(writer, node)
}

/** What takes values that are to be enlarged. */
const ENLARGING: ReadonlySet<string> = new Set(['Add', 'Concat', 'Resize'])

const WRITE: Record<string, WriteNode> = {
  Conv: writeConvolution,
  GlobalAveragePool: writeMean,
  Mul: writeGate,
  Add: writeSum,
  Concat: writeJoined,
  Sigmoid: writeSigmoid,
  Resize({ rewriter, held }, { inputs, outputs }) {
    const value = held.get(inputs[0]!)!
    const [, , times = 1] = rewriter.tensorOf(inputs[2]!).data
    held.set(outputs[0]!, { ...value, times: times * (value.times ?? 1) })
    return true
  },
}

/** Values that become part of a joined one, as they are or enlarged. */
function partsIn({ nodes }: OnnxModel): Set<string> {
  const resized = new Map(
    nodes.flatMap(({ op, inputs, outputs }) => (op === 'Resize' ? [[outputs[0], inputs[0]!]] : [])),
  )
  const joined = nodes.flatMap(({ op, inputs }) => (op === 'Concat' ? inputs : []))
  return new Set(joined.map((value) => resized.get(value) ?? value))
}

/** The mean of each channel, in floats. */
function writeMean({ rewriter, held, rangeOf }: ByteWriter, { inputs, outputs }: OnnxNode) {
  const x = held.get(inputs[0]!)!
  const [output = ''] = outputs
  const steps = stepsOf(rangeOf(output, { kind: 'plain', factors: x.factors }))
  const name = rewriter.graph.op(
    `${CONTRIB}QLinearGlobalAveragePool`,
    [...heldOperands(rewriter, x), ...operandsOf(rewriter, steps)],
    { channels_last: 1 },
  )
  rewriter.set(output, toFloats(rewriter, { ...x, name, ...steps }))
  return true
}

/** A value times one number a channel, which comes in floats. */
function writeGate(writer: ByteWriter, { inputs, outputs }: OnnxNode): boolean {
  const { rewriter, held, rangeOf } = writer
  const [value = '', gate = ''] = inputs
  const [output = ''] = outputs
  const found = held.get(value)
  if (!found || held.has(gate)) return false
  const { graph } = rewriter
  const x = settle(rewriter, found)
  const gateSteps = stepsOf(rangeOf(gate, { kind: 'plain' }))
  const channelsLast = graph.op('Transpose', [rewriter.plainOf(gate)], { perm: [0, 2, 3, 1] })
  const gateBytes = graph.op('QuantizeLinear', [channelsLast, ...operandsOf(rewriter, gateSteps)])
  const [low, high] = rangeOf(output, { kind: 'plain', factors: x.factors })
  const steps = writer.isPart(output) ? evenSteps(Math.max(high, -low)) : stepsOf([low, high])
  const name = graph.op(`${CONTRIB}QLinearMul`, [
    ...heldOperands(rewriter, x),
    gateBytes,
    ...operandsOf(rewriter, gateSteps),
    ...operandsOf(rewriter, steps),
  ])
  // What settling left, less than a step, is left out.
  held.set(output, { name, ...steps, channels: x.channels, factors: x.factors })
  return true
}

/** The sum of two values, or of one and a number. */
function writeSum({ rewriter, held, rangeOf }: ByteWriter, { inputs, outputs }: OnnxNode): boolean {
  const [a = '', b = ''] = inputs
  const [output = ''] = outputs
  const [x, y] = [held.get(a), held.get(b)]
  const shift = rewriter.scalarOf(b)
  if (x && shift !== undefined) {
    held.set(output, shifted(x, shift))
    return true
  }
  if (!x || !y || x.times || [x, y].some(({ factors, rest }) => factors || rest)) return false
  const steps = stepsOf(rangeOf(output, { kind: 'plain' }))
  const name = rewriter.graph.op(`${CONTRIB}QLinearAdd`, [
    ...heldOperands(rewriter, x),
    enlarge(rewriter, y, x.name),
    ...operandsOf(rewriter, y),
    ...operandsOf(rewriter, steps),
  ])
  held.set(output, { name, ...steps, channels: x.channels })
  return true
}

/** Channels of several values, each in its own steps. */
function writeJoined({ rewriter, held }: ByteWriter, { inputs, outputs }: OnnxNode): boolean {
  const parts = inputs.flatMap((value) => held.get(value) ?? [])
  const [first] = parts
  const isAlike = parts.every(({ zeroPoint, rest }) => zeroPoint === first?.zeroPoint && !rest)
  if (!first || parts.length < inputs.length || !isAlike) return false
  const like = parts.find(({ times = 1 }) => times === 1)!.name
  const enlarged = parts.map((part) => enlarge(rewriter, part, like))
  const name = rewriter.graph.op('Concat', enlarged, { axis: 3 })
  const factors = Float64Array.from(
    parts.flatMap(({ scale, channels, factors }) =>
      Array.from({ length: channels }, (_, c) => (factors?.[c] ?? 1) / scale),
    ),
  )
  const { zeroPoint } = first
  held.set(outputs[0]!, { name, scale: 1, zeroPoint, channels: factors.length, factors })
  return true
}

/** Probabilities, in 255ths. */
function writeSigmoid({ rewriter, held }: ByteWriter, { inputs, outputs }: OnnxNode): boolean {
  const x = held.get(inputs[0]!)!
  const steps = stepsOf([0, 1])
  const operands = [...heldOperands(rewriter, x), ...operandsOf(rewriter, steps)]
  const name = rewriter.graph.op(`${CONTRIB}QLinearSigmoid`, operands)
  held.set(outputs[0]!, { name, ...steps, channels: x.channels })
  return true
}
