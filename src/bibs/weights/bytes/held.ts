import { CONTRIB, type ValueName } from '../../../inference/onnx-file.ts'
import type { ByteValue } from '../../../inference/quantised-convolution.ts'
import type { Rewriter } from '../rewriter.ts'

/**
 * A value of a net held in bytes, channels last (N x height x width x channels). Channel c of it is
 * `scale * (byte - zeroPoint) / factors[c] + rest[c]`: what the bytes do not say, the next convolution takes into its weights.
 */
export type Held = ByteValue & {
  readonly channels: number
  /** Brings channels that reach further than the others to one range: up to 1; 1 where undefined. */
  readonly factors?: Float64Array | undefined
  /** 0 where undefined. */
  readonly rest?: Float64Array | undefined
  /** The net's channel that lies at each place; undefined: they lie in their order. */
  readonly order?: readonly number[]
  /** How often each pixel stands, across and down, in the value: enlarged where that is needed. */
  readonly times?: number | undefined
}

/** Scale and zero point: what the steps of a byte mean. */
export type Steps = Pick<ByteValue, 'scale' | 'zeroPoint'>

/** The steps that hold a range, and 0. */
export function stepsOf([low, high]: readonly [
  low: number,
  high: number,
  ...rest: unknown[],
]): Steps {
  const from = Math.min(low, 0)
  const scale = Math.fround((Math.max(high, 0) - from) / 255)
  return { scale, zeroPoint: Math.round(-from / scale) }
}

/** The steps that hold numbers of this size with the zero point in the middle. */
export const evenSteps = (size: number): Steps => ({
  scale: Math.fround(size / 127),
  zeroPoint: 128,
})

/** Scale and zero point as operands of an operator on bytes. */
export const operandsOf = ({ graph }: Rewriter, { scale, zeroPoint }: Steps): ValueName[] => [
  graph.constant(`scale ${scale}`, [], Float32Array.of(scale)),
  graph.constant(`byte ${zeroPoint}`, [], Uint8Array.of(zeroPoint)),
]

/** A value and its steps as operands. */
export const heldOperands = (rewriter: Rewriter, held: ByteValue): ValueName[] => [
  held.name,
  ...operandsOf(rewriter, held),
]

/** The value in floats, channels first. @throws Error when it would have to be enlarged or put in order */
export function toFloats(rewriter: Rewriter, held: Held): ValueName {
  if (held.order || (held.times ?? 1) > 1) throw new Error(`${held.name} cannot leave its bytes`)
  const { graph, constant } = rewriter
  const { factors, rest } = held
  let floats = graph.op('DequantizeLinear', heldOperands(rewriter, held))
  if (factors)
    floats = graph.op('Mul', [
      floats,
      constant(
        [factors.length],
        factors.map((factor) => 1 / factor),
      ),
    ])
  if (rest) floats = graph.op('Add', [floats, constant([rest.length], rest)])
  return graph.op('Transpose', [floats], { perm: [0, 3, 1, 2] })
}

/** The value plus a number. */
export const shifted = (held: Held, by: number): Held => ({
  ...held,
  rest: Float64Array.from({ length: held.channels }, (_, c) => (held.rest?.[c] ?? 0) + by),
})

/**
 * The same value with a zero point that stands for 0, as padding and products need it. Where all channels have the same steps the
 * zero point moves, and what is less than a step remains; else each channel is moved by its own.
 */
export function settle(rewriter: Rewriter, held: Held): Held {
  const { rest, scale, zeroPoint, factors, channels } = held
  if (!rest) return held
  const moved = Math.round(zeroPoint - rest[0]! / scale)
  if (!factors && moved >= 0 && moved <= 255) {
    const less = (zeroPoint - moved) * scale
    return { ...held, zeroPoint: moved, rest: rest.map((value) => value - less) }
  }
  const { graph } = rewriter
  const shifts = rest.map((value, c) => value * (factors?.[c] ?? 1))
  const [least, most] = [Math.min(...shifts, 0), Math.max(...shifts, 0)]
  const steps = stepsOf([least, most])
  const sum = stepsOf([least - zeroPoint * scale, most + (255 - zeroPoint) * scale])
  const bytes = Uint8Array.from(
    shifts,
    (shift) => Math.round(shift / steps.scale) + steps.zeroPoint,
  )
  const name = graph.op(`${CONTRIB}QLinearAdd`, [
    ...heldOperands(rewriter, held),
    graph.constant(`${held.name} shifts`, [channels], bytes),
    ...operandsOf(rewriter, steps),
    ...operandsOf(rewriter, sum),
  ])
  return { name, ...sum, channels, factors }
}

/** Each pixel as often as it is to stand, as large as the value `like`. */
export function enlarge(
  { graph }: Rewriter,
  { name, times = 1 }: Held,
  like: ValueName,
): ValueName {
  if (times === 1) return name
  const apart = graph.op('Unsqueeze', [name, graph.integers('axes 2 4', [2, 4])])
  const often = graph.integers(`times ${times}`, [1, 1, times, 1, times, 1])
  const repeated = graph.op('Expand', [apart, often])
  return graph.op('Reshape', [repeated, graph.op('Shape', [like])])
}
