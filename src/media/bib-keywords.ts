/**
 * The keywords that look like bib numbers: 1-6 digits with up to two letters around them, in upper case, each once.
 * Words such as `bib`, `start no.` or `#` in front are dropped, lists are split at `;` and `,`.
 *
 * Distances and ranks (`10km`, `5K`, `2nd`) are not bibs, unless a word in front says so. A year looks like a bib: it
 * is returned, and the start list decides.
 */
export function bibKeywords(keywords: readonly string[]): string[] {
  const bibs = keywords.flatMap((keyword) => keyword.split(/[;,]/).flatMap(parseBib))
  return [...new Set(bibs)]
}

const MARKED = /^(?:(?:bib|race|start(?:er)?)?[\s_-]*(?:number|no|nr|num)?\.?|bib|#|№)[\s:=#_-]*/i
const BIB = /^[A-Z]{0,2}\d{1,6}[A-Z]{0,2}$/i
const MEASURE = /^\d+(?:k|km|m|mi|h|st|nd|rd|th)$/i

function parseBib(text: string): string[] {
  const keyword = text.trim()
  const bare = keyword.replace(MARKED, '')
  const isMarked = bare.length < keyword.length
  if (!BIB.test(bare) || (!isMarked && MEASURE.test(bare))) return []
  return [bare.toUpperCase()]
}
