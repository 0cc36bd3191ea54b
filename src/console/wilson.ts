/** A share of what was looked at, and between which values the true one lies. */
export type Proportion = {
  of: number
  count: number
  /** Null when nothing was looked at. */
  value: number | null
  low: number
  high: number
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959964

/**
 * The Wilson score interval, 95 %: right for small samples and for shares near 0 and 1 (E. B. Wilson, 1927). It takes the
 * things counted for independent; bibs of one photo are not quite, so intervals of bibs are a little too narrow.
 */
export function wilson(count: number, of: number): Proportion {
  if (of === 0) return { of, count, value: null, low: 0, high: 1 }
  const share = count / of
  const spread = Z * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2))
  const middle = share + Z ** 2 / (2 * of)
  const scale = 1 + Z ** 2 / of
  return {
    of,
    count,
    value: share,
    low: count === 0 ? 0 : (middle - spread) / scale,
    high: count === of ? 1 : (middle + spread) / scale,
  }
}
