/** Pseudo-random numbers from 0 to 1, the same in each run (xorshift32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Unit vectors in groups of 16, whose members have a cosine near .6 as photos of one person have. */
export function makeClusters(count: number, dimensions: number, seed = 1): Float32Array {
  const random = createRandom(seed)
  const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3)
  const direction = () => normalise(Float32Array.from({ length: dimensions }, normal))
  const all = new Float32Array(count * dimensions)
  let person = direction()
  for (let row = 0; row < count; row++) {
    if (row % 16 === 0) person = direction()
    const photo = person.map((value) => value + (0.8 / Math.sqrt(dimensions)) * normal())
    all.set(normalise(photo), row * dimensions)
  }
  return all
}

export function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return vector.map((value) => value / length)
}

/** The cosine of each row with the query, in float arithmetic. */
export const cosinesWith = (vectors: Float32Array, query: Float32Array): number[] =>
  Array.from({ length: vectors.length / query.length }, (_, row) =>
    cosine(rowOf(vectors, row, query.length), query),
  )

export const rowOf = (vectors: Float32Array, row: number, dimensions: number) =>
  vectors.subarray(row * dimensions, (row + 1) * dimensions)

export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
