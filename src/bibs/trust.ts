/**
 * Fitted by Platt's method to the log odds of 205 reads that no other read of their place outranked, in two of three pictures
 * of 166 labelled ones: decision 0023. The reader itself is too sure.
 */
const OFFSET = -2.03
const SLOPE = 1.46
/** Beyond these the reader's own figure says nothing more. */
const LEAST = 0.0001
const MOST = 0.99995

/** How likely a bib is right, 0..1, that the reader gives this probability (0..1). Grows with it. */
export function trustOf(score: number): number {
  const kept = Math.min(MOST, Math.max(LEAST, score))
  return 1 / (1 + Math.exp(-(OFFSET + SLOPE * Math.log(kept / (1 - kept)))))
}
