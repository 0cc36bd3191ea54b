import type { OnnxModel, OnnxNode } from '../../inference/read-onnx.ts'
import { rewriteConvolution } from './convolutions.ts'
import { copy, rewriteHardSigmoid } from './quicken-detector.ts'
import { type Rewriter, startRewriting } from './rewriter.ts'

const INPUT = 'x'

/**
 * PP-OCRv4's recogniser as the same function in fewer passes over memory: its convolutions as in `quickenDetector`, the
 * transformer behind them as it is. Of the 6,625 classes of each step only what decoders want comes out: a hundredth of the numbers.
 *
 * @param alphabet its characters, one a class, and the classes whose probabilities are wanted
 * @returns an ONNX file: `x` N x 3 x 48 x width gives `reads` N x width / 8 x (wanted + 2): probabilities of those that are wanted, then
 *   the likeliest class of all and its probability
 * @throws Error when the net is built otherwise, or has other classes
 */
export function quickenRecogniser(
  model: OnnxModel,
  { characters, wanted }: { characters: readonly string[]; wanted: readonly number[] },
): Buffer {
  const rewriter = startRewriting('text-recogniser', model, INPUT)
  for (const node of model.nodes) {
    if (rewriter.isSkipped(node)) continue
    const rewrite = REWRITES[node.op] ?? copy
    rewrite(rewriter, node)
  }
  const last = model.nodes.at(-1)
  const classes = rewriter.tensorOf(model.nodes.at(-2)?.inputs[1] ?? '').data.length
  if (last?.op !== 'Softmax' || classes !== characters.length)
    throw new Error(`the recogniser knows ${classes} classes, its alphabet ${characters.length}`)
  const { graph } = rewriter
  const all = rewriter.plainOf(last.outputs[0] ?? '')
  const own = graph.op('Gather', [all, graph.integers('wanted', wanted)], { axis: 2 })
  const best = graph.op('Cast', [graph.op('ArgMax', [all], { axis: 2 })], { to: FLOAT })
  const most = graph.op('ReduceMax', [all], { axes: [2] })
  graph.op('Concat', [own, best, most], { axis: 2 }, 'reads')
  return graph.encode({
    inputs: [{ name: INPUT, dims: ['N', 3, 48, 'width'] }],
    outputs: [{ name: 'reads', dims: ['N', 'steps', wanted.length + 2] }],
  })
}

/** Of onnx.proto3's types of numbers. */
const FLOAT = 1

const REWRITES: Record<string, (rewriter: Rewriter, node: OnnxNode) => void> = {
  Conv: rewriteConvolution,
  HardSigmoid: rewriteHardSigmoid,
  // Before operator set 13 these had their integers as attributes.
  Slice: (rewriter, node) => withInputs(rewriter, node, ['starts', 'ends', 'axes']),
  Squeeze: (rewriter, node) => withInputs(rewriter, node, ['axes']),
}

function withInputs(rewriter: Rewriter, node: OnnxNode, names: readonly string[]): void {
  const { graph } = rewriter
  const [value = ''] = node.inputs
  const [output = ''] = node.outputs
  const integers = names.map((name) => {
    const attribute = node.attributes[name]
    if (!Array.isArray(attribute)) throw new Error(`a ${node.op} without ${name}`)
    return graph.integers(`${output} ${name}`, attribute)
  })
  rewriter.set(output, graph.op(node.op, [rewriter.plainOf(value), ...integers]))
}
