/** What a decoder made of one strip. */
export type Decoded = {
  readonly text: string
  /** Probability of the least sure character: a number is right only when all its digits are. 0 without text. */
  readonly score: number
}

/** The recogniser's answer for one strip: the probability of every class at every step, left to right. */
export type Steps = { readonly probabilities: Float32Array; readonly classes: number }

/**
 * Best class of each step, repeats joined, blanks (class 0) dropped. With `allowed` only those classes and the blank
 * may win; probabilities stay as the net gave them, so that a letter forced into a digit scores low.
 */
export function decodeSteps(
  { probabilities, classes }: Steps,
  characters: readonly string[],
  allowed?: Int32Array,
): Decoded {
  const sureness: number[] = []
  let text = ''
  let previous = 0
  for (let at = 0; at < probabilities.length; at += classes) {
    const best = allowed
      ? bestAmong(probabilities, at, allowed)
      : bestOfAll(probabilities, at, classes)
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

function bestAmong(probabilities: Float32Array, at: number, allowed: Int32Array): number {
  let best = 0
  for (const k of allowed) {
    if (probabilities[at + k]! > probabilities[at + best]!) best = k
  }
  return best
}
