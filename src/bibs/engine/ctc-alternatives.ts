import type { Decoded, Steps } from './ctc.ts'

/** A character that may be read, and the places in a row that stand for it: capital and small letters are one. */
export type Symbols = readonly { readonly character: string; readonly places: readonly number[] }[]

/** More prefixes than these are never among the likely ones in the end: twice as many gave the same. */
const MAX_PREFIXES = 12
/** A character less likely than this at a step is not tried there. */
const LEAST_STEP = 1e-4

/** Likelihoods of all ways to read a prefix up to a step: those that end in a blank, and those that end in its last character. */
type Ways = { blank: number; character: number }

/**
 * The texts that a strip may say, the likeliest first, each with the probability of all ways to read it (the forward score of
 * CTC): "440" and "4407" are weighed against each other, where the best class of each step gives one of them and is silent about
 * the other. Prefix beam search of Graves; only `symbols` and the blank (place 0) may be read, and probabilities stay as the net
 * gave them.
 *
 * @param least probability of the texts that are worth a mention
 */
export function findAlternatives(
  { rows, width }: Steps,
  symbols: Symbols,
  least: number,
): Decoded[] {
  let prefixes = new Map<string, Ways>([['', { blank: 1, character: 0 }]])
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width)
    prefixes = extend(prefixes, row[0]!, likelyIn(row, symbols))
    if (prefixes.size > MAX_PREFIXES)
      prefixes = new Map([...prefixes].sort(byLikelihood).slice(0, MAX_PREFIXES))
  }
  return [...prefixes]
    .sort(byLikelihood)
    .map(([text, ways]) => ({ text, score: Math.min(1, sumOf(ways)) }))
    .filter(({ text, score }) => text !== '' && score >= least)
}

type Likely = { readonly character: string; readonly probability: number }

function likelyIn(row: Float32Array, symbols: Symbols): Likely[] {
  const likely: Likely[] = []
  for (const { character, places } of symbols) {
    let probability = 0
    for (const place of places) probability += row[place]!
    if (probability > LEAST_STEP) likely.push({ character, probability })
  }
  return likely
}

/** One step on: a prefix stays as it is by a blank or its last character again, or grows by a character. */
function extend(
  prefixes: ReadonlyMap<string, Ways>,
  blank: number,
  likely: readonly Likely[],
): Map<string, Ways> {
  const next = new Map<string, Ways>()
  const waysOf = (prefix: string) => {
    const known = next.get(prefix)
    if (known) return known
    const ways = { blank: 0, character: 0 }
    next.set(prefix, ways)
    return ways
  }
  for (const [prefix, ways] of prefixes) {
    const same = waysOf(prefix)
    same.blank += sumOf(ways) * blank
    for (const { character, probability } of likely) {
      const longer = waysOf(prefix + character)
      const isAgain = prefix.endsWith(character)
      // The same character twice needs a blank between.
      if (isAgain) same.character += ways.character * probability
      longer.character += (isAgain ? ways.blank : sumOf(ways)) * probability
    }
  }
  return next
}

const byLikelihood = ([, a]: [string, Ways], [, b]: [string, Ways]) => sumOf(b) - sumOf(a)

const sumOf = ({ blank, character }: Ways) => blank + character
