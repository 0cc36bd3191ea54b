/** What a decoder made of one strip. */
export type Decoded = {
  readonly text: string
  /** How likely the strip says this, as the reader sees it: which probability it is, the decoder tells. 0 without text. */
  readonly score: number
}

/**
 * The recogniser's answer for one strip: a row for every step, left to right. Each has the probabilities of the blank and of the classes
 * that are wanted, then the likeliest class of all and its probability.
 */
export type Steps = { readonly rows: Float32Array; readonly width: number }

/**
 * Best class of each step, repeats joined, blanks (class 0) dropped; the score is the probability of the least sure character.
 */
export function decodeSteps({ rows, width }: Steps, characters: readonly string[]): Decoded {
  const sureness: number[] = []
  let text = ''
  let previous = 0
  for (let end = width; end <= rows.length; end += width) {
    const best = rows[end - 2]!
    const probability = rows[end - 1]!
    if (best !== 0 && best === previous) {
      sureness.push(Math.max(sureness.pop() ?? 0, probability))
    } else if (best !== 0) {
      text += characters[best]
      sureness.push(probability)
    }
    previous = best
  }
  return { text, score: sureness.length > 0 ? Math.min(...sureness) : 0 }
}
