/** int8 without -128, so that the range is symmetric. */
const INT8_MAX = 127
const INT16_MAX = 32_767

/**
 * The longest vector of which a dot product fits an int32 whatever the numbers: 512 x 127 x 32,767 < 2^31.
 */
export const MAX_DIMENSIONS = 512

/** One scale for all rows of an index; `reach` is the largest component kept, what lies beyond is clipped. */
export const scaleOfReach = (reach: number) => INT8_MAX / reach

/**
 * Rounds a vector (`out.length` numbers of `vectors`, from `at`) to int8.
 *
 * @returns the length of the difference between the vector and what `out` stands for. By Cauchy and Schwarz no cosine
 *   with a unit vector is off by more. NaN if a component is not a number
 */
export function quantiseRow(
  vectors: Float32Array,
  { at, scale, out }: { at: number; scale: number; out: Int8Array },
): number {
  let squares = 0
  for (let i = 0; i < out.length; i++) {
    const wanted = vectors[at + i]! * scale
    const clipped = Math.max(-INT8_MAX, Math.min(INT8_MAX, wanted))
    const kept = ((clipped + 128.5) | 0) - 128 // rounds, in a quarter of the time of Math.round
    out[i] = kept
    squares += (wanted - kept) * (wanted - kept)
  }
  return Math.sqrt(squares) / scale
}

/**
 * Rounds a query to int16, scaled to its own largest component: the kernel widens rows to int16 anyway, so that a
 * query costs nothing more at 256 times the precision, and is never clipped.
 *
 * @returns `error` as of `quantiseRow`
 * @throws RangeError if a component is not a finite number or all are zero
 */
export function quantiseQuery(query: Float32Array) {
  const largest = query.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!(largest > 0 && largest < Infinity)) throw new RangeError('the query is not a unit vector')
  const scale = INT16_MAX / largest
  const values = Int16Array.from(query, (value) => Math.round(value * scale))
  const squares = values.reduce((sum, kept, i) => sum + (query[i]! * scale - kept) ** 2, 0)
  return { values, scale, error: Math.sqrt(squares) / scale }
}
