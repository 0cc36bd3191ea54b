import type { Box } from '../../media/picture.ts'

/** One reading of one place of a picture, sure or not: evidence, from which bibs are chosen. */
export type BibRead = {
  /** Characters 0-9 and, for `alphanumeric`, A-Z. */
  readonly text: string
  /** Probability that the strip says this, over all ways to read it, 0 to 1. */
  readonly score: number
  readonly box: Box
  /** The same place read with the whole alphabet: tells numbers from clocks, distances and words. */
  readonly fullText: string
  /** What the reader was allowed to read. */
  readonly kind: 'digits' | 'alphanumeric'
}
