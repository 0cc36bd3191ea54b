import type { AskRange, Range } from './byte-writer.ts'
import type { RangeTable } from './range-table.ts'

/** Smallest and largest of each channel. */
export type Measured = { readonly lows: Float64Array; readonly highs: Float64Array }

/** Channels that reach beyond this many times the median of all are held in larger steps. */
const FAR = 1.3
/** Below it a hard-swish gives 0. */
const SWISH_LOW = -3

/**
 * What bytes are to hold, from what was measured. Before a hard-swish a few channels reach many times as far as most: held in common
 * steps, most would have a handful of them (marks of text agree with those in floats by .86 without factors, by .94 with).
 *
 * @param write makes the net in bytes, which asks for what it needs
 */
export function tabulateRanges(
  measured: ReadonlyMap<string, Measured>,
  write: (rangeOf: AskRange) => unknown,
): RangeTable {
  const table: Record<string, Range> = {}
  write((value, wanted) => {
    const { lows, highs } = measured.get(value) ?? {}
    if (!lows || !highs) throw new Error(`${value} was not measured`)
    const range =
      wanted.kind === 'swished'
        ? swishedRange({ lows, highs })
        : rangeWith({ lows, highs }, wanted.factors)
    table[value] = range
    return range
  })
  return table
}

function swishedRange({ lows, highs }: Measured): Range {
  const far = Math.max(FAR * median(highs), -SWISH_LOW)
  const factors = highs.map((high) => (high > far ? round(far / high) : 1))
  const cut = { lows: lows.map((low) => Math.max(low, SWISH_LOW)), highs }
  const [low, high] = rangeWith(cut, factors)
  const given = Object.fromEntries([...factors.entries()].filter(([, factor]) => factor !== 1))
  return Object.keys(given).length === 0 ? [low, high] : [low, high, given]
}

function rangeWith({ lows, highs }: Measured, factors?: Float64Array): readonly [number, number] {
  const scaled = (values: Float64Array) => values.map((value, c) => value * (factors?.[c] ?? 1))
  return [round(Math.min(...scaled(lows))), round(Math.max(...scaled(highs)))]
}

const median = (values: Float64Array) => values.toSorted()[values.length >> 1]!

const round = (value: number) => Number(value.toPrecision(3))
