import type { Box, Picture } from '../../media/picture.ts'
import type { BibRead } from './bib-read.ts'
import type { Decoded } from './ctc.ts'
import { cutStrip } from './cut-strip.ts'
import { boundsOf, grow, type TextBox } from './geometry.ts'
import { type Reader, readStrips, type StripRead } from './read-strips.ts'

/** What a strip says with less probability is chance; the runner-up of an unsure read is mostly above. */
const MIN_SCORE = 0.1
/** The detector tends to cut end digits off: numbers are read again, wider by this share of their height on both sides. */
const WIDENED_BY = 0.25
/** A second read costs as much as the first; below this it found nothing (284 bibs). */
const MIN_SCORE_TO_WIDEN = 0.05
/** From this on it said the same of all 166 numbers in race photos; of 92 from .98 to .99 it read 3 otherwise, of 44 from .95 to .98 again 3. */
const SURE_SCORE = 0.99

/**
 * Reads each place with what else it may say, numbers that are not sure twice. Reads that say the same of one place are given once,
 * the surer.
 */
export async function readPlaces(
  reader: Reader,
  picture: Picture,
  places: readonly TextBox[],
): Promise<BibRead[]> {
  const readBoxes = (boxes: readonly TextBox[]) =>
    readStrips(
      reader,
      boxes.map((box) => cutStrip(picture, box)),
      MIN_SCORE_TO_WIDEN,
    )
  const first = await readBoxes(places)
  const numbers = [...places.keys()].filter((place) => isUnsureNumber(first[place]!))
  const widened = numbers.map((place) => widen(places[place]!))
  const second = await readBoxes(widened)

  const readsOf = places.map((box, place) => bibReads(first[place]!, boundsOf(box, picture)))
  numbers.forEach((place, i) => {
    readsOf[place]!.push(...bibReads(second[i]!, boundsOf(widened[i]!, picture)))
  })
  return readsOf.flatMap(surestOfEach)
}

const widen = (box: TextBox) => grow(box, WIDENED_BY * box.height, 0)

function isUnsureNumber({ digits: [likeliest], full }: StripRead): boolean {
  if (!likeliest) return false
  const isSure = likeliest.score >= SURE_SCORE && likeliest.text === full.text
  const letters = full.text.match(/\p{L}/gu)?.length ?? 0
  return !isSure && letters < 2
}

/** A bib with letters: up to three of them at one end, as in A123, F42 and 12B. */
const LETTERED = /^(?:[A-Z]{1,3}[0-9]{1,5}|[0-9]{1,5}[A-Z]{1,3})$/

function bibReads({ digits, alphanumeric, full }: StripRead, box: Box): BibRead[] {
  const place = { box, fullText: full.text }
  const isLikely = ({ score }: Decoded) => score >= MIN_SCORE
  return [
    ...digits.filter(isLikely).map((read) => ({ ...read, ...place, kind: 'digits' as const })),
    ...alphanumeric
      .filter((read) => isLikely(read) && LETTERED.test(read.text))
      .map((read) => ({ ...read, ...place, kind: 'alphanumeric' as const })),
  ]
}

function surestOfEach(reads: readonly BibRead[]): BibRead[] {
  const surest = new Map<string, BibRead>()
  for (const read of reads) {
    // The full text belongs to it: 149.58 and 14958 are one number, but the first tells that it is a clock.
    const saying = `${read.kind} ${read.text} ${read.fullText}`
    const before = surest.get(saying)
    if (!before || before.score < read.score) surest.set(saying, read)
  }
  return [...surest.values()]
}
