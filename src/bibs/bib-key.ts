/**
 * What searches compare: trimmed, upper case, without leading zeros, so that 007 and 7, a12 and A12 are one bib.
 * Zeros alone are the bib 0.
 */
export function bibKey(text: string): string {
  return text
    .trim()
    .toUpperCase()
    .replace(/^0+(?=.)/, '')
}
