import { type OnnxGraph, startGraph, type ValueName } from '../../inference/onnx-file.ts'
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../inference/read-onnx.ts'

/** A value of the old net in the new one: what `name` holds, plus `shift` everywhere. The next convolution takes the shift in. */
export type Shifted = { readonly name: ValueName; readonly shift: number }

/** An old net, and the new one that grows out of it node by node. */
export type Rewriter = {
  readonly graph: OnnxGraph
  /** A constant of the new net. */
  constant(dims: readonly number[], values: ArrayLike<number>): ValueName
  /** A constant of the old net. */
  tensorOf(value: string): OnnxTensor
  /** Of an old constant with one number. */
  scalarOf(value: string): number | undefined
  usersOf(value: string): readonly OnnxNode[]
  /** The node that takes this value, when it is the only one. */
  onlyUserOf(value: string): OnnxNode | undefined
  /** Node after node: each the only user of the one before, of these kinds. @throws Error when the net is another */
  chainFrom(value: string, ops: readonly string[]): OnnxNode[]
  /** This node is part of something rewritten as a whole. */
  skip(node: OnnxNode): void
  isSkipped(node: OnnxNode): boolean
  shiftedOf(value: string): Shifted
  /** The value itself: adds its shift. A constant of the old net is copied. */
  plainOf(value: string): ValueName
  set(value: string, now: Shifted | ValueName): void
}

export function startRewriting(
  name: string,
  { nodes, constants, encoded }: OnnxModel,
  input: ValueName,
): Rewriter {
  const graph = startGraph(name)
  const users = new Map<string, OnnxNode[]>()
  for (const node of nodes)
    for (const value of node.inputs) users.set(value, [...(users.get(value) ?? []), node])
  const skipped = new Set<OnnxNode>()
  const values = new Map<string, Shifted>([[input, { name: input, shift: 0 }]])
  let constantCount = 0

  const rewriter: Rewriter = {
    graph,
    constant(dims, numbers) {
      // Constants of the old net keep their names.
      while (encoded.has(`c${constantCount}`)) constantCount++
      return graph.constant(`c${constantCount++}`, dims, Float32Array.from(numbers))
    },
    tensorOf(value) {
      const tensor = constants.get(value)
      if (!tensor) throw new Error(`the net has no constant ${value}`)
      return tensor
    },
    scalarOf(value) {
      const data = constants.get(value)?.data
      return data?.length === 1 ? data[0] : undefined
    },
    usersOf: (value) => users.get(value) ?? [],
    onlyUserOf(value) {
      const [user, ...others] = users.get(value) ?? []
      return others.length === 0 ? user : undefined
    },
    chainFrom(value, ops) {
      const chain: OnnxNode[] = []
      for (const op of ops) {
        const next = rewriter.onlyUserOf(chain.at(-1)?.outputs[0] ?? value)
        if (next?.op !== op) throw new Error(`after ${value} the net has ${next?.op}, not ${op}`)
        chain.push(next)
      }
      return chain
    },
    skip: (node) => void skipped.add(node),
    isSkipped: (node) => skipped.has(node),
    shiftedOf(value) {
      const now = values.get(value)
      if (!now) throw new Error(`the net uses ${value} before it is made`)
      return now
    },
    plainOf(value) {
      const tensor = encoded.get(value)
      if (tensor) return graph.copied(value, tensor)
      const { name, shift } = rewriter.shiftedOf(value)
      if (shift === 0) return name
      const plain = graph.op('Add', [name, rewriter.constant([1], [shift])])
      rewriter.set(value, plain)
      return plain
    },
    set: (value, now) =>
      void values.set(value, typeof now === 'string' ? { name: now, shift: 0 } : now),
  }
  return rewriter
}
