import type { Box } from '../media/picture.ts'
import { bibKey } from './bib-key.ts'
import type { BibRead } from './engine/bib-read.ts'
import { type StartList, startListOf } from './start-list.ts'
import { trustOf } from './trust.ts'

export { type StartList, startListOf }

/** `score` is how likely it is right: .9 is nine in ten. */
export type ChosenBib = { bib: string; score: number; box: Box }

/**
 * Lowest score to publish a bib of 1, of 2, of 3 and more characters. Short ones are often signs, or ends of longer
 * bibs: of 15 sure lone digits read in 166 race photos none was a bib, so they need a list.
 */
const THRESHOLDS = { free: [Infinity, 0.95, 0.55], listed: [0.9, 0.95, 0.55] } as const
/** Two boxes are one place when they share this much of the smaller. */
const SAME_PLACE = 0.5
const MAX_DIGITS = 6

/**
 * Decides which reads of a picture to publish, the most trusted first and each bib once. A start list is a hard filter: of all that
 * a place may say, its entrants are left. Pure: stored reads are chosen from again when a list arrives.
 */
export function chooseBibs(reads: readonly BibRead[], startList?: StartList): ChosenBib[] {
  const clocks = reads.filter(({ fullText }) => isClock(fullText)).map(({ box }) => box)
  const candidates = reads.filter((read) => isPublishable(read, startList)).sort(byTrust)
  const taken = [...clocks]
  const chosen = new Map<string, ChosenBib>()
  for (const { text, score, box } of candidates) {
    if (taken.some((place) => isSamePlace(place, box))) continue
    taken.push(box)
    const key = bibKey(text)
    if (!chosen.has(key))
      chosen.set(key, { bib: startList?.bibOf(key) ?? text, score: trustOf(score), box })
  }
  return [...chosen.values()]
}

function isPublishable(read: BibRead, startList?: StartList): boolean {
  const key = bibKey(read.text)
  if (startList && !startList.has(key)) return false
  const thresholds = startList ? THRESHOLDS.listed : THRESHOLDS.free
  if (read.score < thresholds[Math.min(key.length, 3) - 1]!) return false
  // Letters need a list: without one, any sign or sponsor would be a bib.
  if (read.kind === 'alphanumeric') return startList?.hasLetters ?? false
  return isNumber(read.text) && !isEventText(read.fullText)
}

const isNumber = (text: string) => text.length <= MAX_DIGITS && /^0*[1-9][0-9]*$/.test(text)

/** Words, number plates (-744-K) and distances (5K, 10 km) are no bibs, whatever digits they hold. */
const isEventText = (fullText: string) =>
  fullText.replace(/[\d\s]/g, '').length >= 2 || /\d\s*k/i.test(fullText)

/** 1:33:04, and 149.58 as a reader may see 1:49:58. */
const isClock = (fullText: string) => /\d\s*[:.,;']\s*\d\d/.test(fullText)

/** The longer first, as boxes rather cut digits off than add some; of equal length the surer. */
const byTrust = (a: BibRead, b: BibRead) => b.text.length - a.text.length || b.score - a.score

/** Two reads of one number. */
export function isSamePlace(a: Box, b: Box): boolean {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return false
  return width * height > SAME_PLACE * Math.min(a[2] * a[3], b[2] * b[3])
}
