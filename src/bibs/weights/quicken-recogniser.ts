import type { OnnxModel, OnnxNode } from '../../inference/read-onnx.ts'
import { rewriteConvolution } from './convolutions.ts'
import { copy, rewriteHardSigmoid } from './quicken-detector.ts'
import { type Rewriter, startRewriting } from './rewriter.ts'

const INPUT = 'x'

/**
 * PP-OCRv4's recogniser as the same function in fewer passes over memory: its convolutions as in `quickenDetector`, the
 * transformer behind them as it is.
 *
 * @returns an ONNX file: `x` N x 3 x 48 x width gives `classes` N x width / 8 x classes, probabilities
 */
export function quickenRecogniser(model: OnnxModel): Buffer {
  const rewriter = startRewriting('text-recogniser', model, INPUT)
  for (const node of model.nodes) {
    if (rewriter.isSkipped(node)) continue
    const rewrite = REWRITES[node.op] ?? copy
    rewrite(rewriter, node)
  }
  const last = model.nodes.at(-1)?.outputs[0] ?? ''
  return rewriter.graph.encode({
    inputs: [{ name: INPUT, dims: ['N', 3, 48, 'width'] }],
    outputs: [{ name: rewriter.plainOf(last), dims: ['N', 'steps', 'classes'] }],
  })
}

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
