import type { OnnxNode } from '../../../inference/read-onnx.ts'
import type { Rewriter } from '../rewriter.ts'
import { type Held, toFloats } from './held.ts'

/** What bytes have to hold: the smallest and the largest value, once the channels named are multiplied by their factors. */
export type Range = readonly [low: number, high: number, factors?: Readonly<Record<string, number>>]

/** What is asked for. */
export type Wanted =
  /** The values before a hard-swish: from -3 on. */
  | { readonly kind: 'swished' }
  /** Factors are those that its channels have already. */
  | { readonly kind: 'plain'; readonly factors?: Float64Array | undefined }

/** Tells what range a value of the float net takes. @throws Error when it is not known */
export type AskRange = (value: string, wanted: Wanted) => Range

/** An old net in floats, and the new one, in which values are held in bytes as far as they can be. */
export type ByteWriter = {
  readonly rewriter: Rewriter
  /** By their names in the old net. */
  readonly held: Map<string, Held>
  readonly rangeOf: AskRange
  /** Whether the value becomes part of a joined one: those have one zero point, the middle. */
  isPart(value: string): boolean
}

/** Writes a node on bytes; false when it is to stay in floats. */
export type WriteNode = (writer: ByteWriter, node: OnnxNode) => boolean

/** Makes sure that a value can be used by a node in floats. */
export function release({ rewriter, held }: ByteWriter, value: string): void {
  const bytes = held.get(value)
  if (bytes) rewriter.set(value, toFloats(rewriter, bytes))
}

/** As `Held` wants them. */
export function factorsOf([, , given]: Range, channels: number): Float64Array | undefined {
  if (!given) return undefined
  const factors = new Float64Array(channels).fill(1)
  for (const [channel, factor] of Object.entries(given)) factors[Number(channel)] = factor
  return factors
}
