/** What a decoder made of one strip. */
export type Decoded = {
  readonly text: string
  /** How likely the strip says this, as the reader sees it: which probability it is, the decoder tells. 0 without text. */
  readonly score: number
}

/** The recogniser's answer for one strip: the probability of every class at every step, left to right. */
export type Steps = { readonly probabilities: Float32Array; readonly classes: number }

/**
 * Best class of each step, repeats joined, blanks (class 0) dropped; the score is the probability of the least sure character.
 */
export function decodeSteps(
  { probabilities, classes }: Steps,
  characters: readonly string[],
): Decoded {
  const sureness: number[] = []
  let text = ''
  let previous = 0
  for (let at = 0; at < probabilities.length; at += classes) {
    const best = bestOfAll(probabilities, at, classes)
    const probability = probabilities[at + best]!
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

function bestOfAll(probabilities: Float32Array, at: number, classes: number): number {
  let best = 0
  for (let k = 1; k < classes; k++) {
    if (probabilities[at + k]! > probabilities[at + best]!) best = k
  }
  return best
}
