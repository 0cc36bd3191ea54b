import { meanDirection } from './embed-faces.ts'

/** A match from here on is sure enough to be asked with: 1 of 10,000 strangers reaches .935. */
export const SURE_COSINE = 0.94
/**
 * A mean of several looks is nearer to everybody, strangers too: take this off the cosines of an expanded query before they are
 * compared with a threshold or shown.
 */
export const EXPANSION_GAIN = 0.009
/** How alike sure matches must be to each other on average: a stranger among them does not get in. */
const AGREEMENT = 0.92
/** More matches than this gained nothing. */
const MAX_MATCHES = 10

/**
 * The query together with its surest matches: the mean of all, so that a face is also found by how the person looked elsewhere
 * in the event. On the labelled set with 650 more strangers it lifts recall from .89 to .99 and the precision of the first 20
 * from .97 to .99. A second round makes it worse: strangers pull in strangers.
 *
 * @param sureMatches embeddings with a cosine of at least {@link SURE_COSINE} to the query, the best first
 */
export function expandQuery(
  query: Float32Array,
  sureMatches: readonly Float32Array[],
): Float32Array {
  const matches = sureMatches.slice(0, MAX_MATCHES)
  const agreeing = matches.filter((match) => {
    const others = matches.filter((other) => other !== match)
    const sum = others.reduce((total, other) => total + cosine(match, other), 0)
    return sum >= AGREEMENT * others.length
  })
  return meanDirection([query, ...agreeing])
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
