import { bibKey } from './bib-key.ts'
import { toRead } from './bibs-to-show.ts'
import { chooseBibs, type StartList } from './choose-bibs.ts'
import type { PhotoBib, Reading, VerdictRow } from './queries.ts'
import { trustOf } from './trust.ts'

/** A read that a person's answer would settle. */
export type Doubt = {
  bibKey: string
  text: string
  score: number
  box: number[]
  isShown: boolean
  usefulness: number
}

/** An answer about a read of this usefulness or less is known beforehand: 0.2 is a score of 0.95. */
const LEAST = 0.2
/** Without a start list most of what is not shown is a sign or half a bib. */
const HIDDEN_WITHOUT_LIST = 0.6
/** A keyword that no start list confirms: the photographer wrote it, but perhaps of the year. */
const KEYWORD_SCORE = 0.5

/**
 * Which reads of a photo a person should look at, the most useful first: those shown though not sure, and those that the rules
 * would show if they had been surer. What a person has judged is no doubt.
 */
export function doubtsOf(
  readings: readonly Reading[],
  shown: readonly PhotoBib[],
  list: StartList | undefined,
  verdicts: readonly VerdictRow[],
): Doubt[] {
  const doubts = new Map<string, Doubt>()
  const add = (text: string, score: number, box: readonly number[], isShown: boolean) => {
    const key = bibKey(text)
    const usefulness = 4 * score * (1 - score) * (isShown || list ? 1 : HIDDEN_WITHOUT_LIST)
    if (usefulness >= LEAST && (doubts.get(key)?.usefulness ?? 0) < usefulness)
      doubts.set(key, { bibKey: key, text, score, box: [...box], isShown, usefulness })
  }
  for (const { bib, score, box } of shown) add(bib, score, box, true)
  const isShown = new Set(shown.map((row) => row.bibKey))
  for (const { bib, score, box } of wouldShow(readings, list))
    if (!isShown.has(bibKey(bib))) add(bib, score, box, false)
  for (const { source, text } of readings)
    if (source === 'keyword' && !isShown.has(bibKey(text))) add(text, KEYWORD_SCORE, [], false)
  for (const verdict of verdicts) doubts.delete(verdict.bibKey)
  return [...doubts.values()].sort((a, b) => b.usefulness - a.usefulness)
}

/** What else a place may say is asked about only when it is as likely as this; what it may say with less, the rules never choose. */
const LEAST_SCORE = 0.3

/** What the rules would choose if every read were sure; with the true scores. */
function wouldShow(readings: readonly Reading[], list: StartList | undefined) {
  const reads = readings
    .filter(({ source, score }) => source === 'engine' && score >= LEAST_SCORE)
    .map(toRead)
    .sort((a, b) => b.score - a.score)
  const scores = new Map(
    reads.toReversed().map(({ text, score }) => [bibKey(text), trustOf(score)]),
  )
  const sure = reads.map((read) => ({ ...read, score: 1 }))
  return chooseBibs(sure, list).map(({ bib, box }) => ({
    bib,
    box,
    score: scores.get(bibKey(bib)) ?? scores.get(bibKey(bib.replace(/[^\p{L}\p{N}]/gu, ''))) ?? 0,
  }))
}
