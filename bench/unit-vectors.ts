/** Fills with random unit vectors; the sum of uniform numbers is as good as a normal one here. */
export function fillRandomly(vectors: Float32Array, dimensions: number): void {
  for (let at = 0; at < vectors.length; at += dimensions) {
    let squares = 0
    for (let i = at; i < at + dimensions; i++) {
      const value = Math.random() + Math.random() + Math.random() - 1.5
      vectors[i] = value
      squares += value * value
    }
    const length = Math.sqrt(squares)
    for (let i = at; i < at + dimensions; i++) vectors[i]! /= length
  }
}

export function randomVector(dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  fillRandomly(vector, dimensions)
  return vector
}
