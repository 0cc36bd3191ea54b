/** The direction between unit vectors: each counts the same, whatever its length was. */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0)
  for (const vector of vectors) {
    const length = lengthOf(vector)
    for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]! / length
  }
  const length = lengthOf(sum)
  return sum.map((value) => value / length)
}

/** The cosine, for vectors of unit length. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Unit vectors one after the other, each times its weight, as one unit vector: its cosines are the weighted mean of theirs. */
export function joinVectors(
  parts: readonly { readonly vector: Float32Array; readonly weight: number }[],
): Float32Array {
  const length = Math.hypot(...parts.map(({ weight }) => weight))
  return Float32Array.from(
    parts.flatMap(({ vector, weight }) => Array.from(vector, (value) => (value * weight) / length)),
  )
}

function lengthOf(vector: Float32Array): number {
  let sum = 0
  for (const value of vector) sum += value * value
  return Math.sqrt(sum) || 1
}
