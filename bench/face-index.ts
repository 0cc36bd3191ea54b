import { FACE_MODEL } from '../src/faces/engine/face-model.ts'
import { createPackedIndex } from '../src/faces/index/packed-index.ts'
import { median } from './median.ts'

export type IndexFigures = {
  faces: number
  dimensions: number
  /** p50 of a search, in milliseconds. */
  indexMs: number
  loopMs: number
  /** Of what the loop finds, what the index finds too. */
  recall: number
  indexBytes: number
  /** Bytes of vectors that a search reads in a second. */
  indexBytesPerSecond: number
  loopBytesPerSecond: number
}
export type FaceIndexReport = {
  sizes: IndexFigures[]
  /** What one thread reads from memory. */
  readBytesPerSecond: number
}

const SIZES = [100_000, 1_000_000]
const SEARCHES = 40
const LOOPS = 8
/** Not timed: threads start, and the loop is compiled on the way. */
const WARM_UPS = 3
const BATCH = 10_000
/** Some thirty of a million random directions are as close as this to a query: enough to check what is found. */
const MIN_COSINE = 0.35

/** The packed index against a loop over the same vectors as floats, both exact, on random unit vectors. */
export async function measureFaceIndex(signal: AbortSignal): Promise<FaceIndexReport> {
  const sizes: IndexFigures[] = []
  for (const faces of SIZES) sizes.push(await measureSize(faces, signal))
  return { sizes, readBytesPerSecond: measureReading() }
}

async function measureSize(faces: number, signal: AbortSignal): Promise<IndexFigures> {
  const { dimensions, quantiserReach: reach } = FACE_MODEL
  const vectors = new Float32Array(faces * dimensions)
  const index = createPackedIndex({ dimensions, reach })
  for (let first = 0; first < faces; first += BATCH) {
    const part = vectors.subarray(first * dimensions, (first + BATCH) * dimensions)
    fillRandomly(part, dimensions)
    index.add({ ids: Array.from({ length: BATCH }, (_, i) => first + i + 1), vectors: part })
    signal.throwIfAborted()
  }

  const queries = Array.from({ length: SEARCHES }, () => {
    const query = new Float32Array(dimensions)
    fillRandomly(query, dimensions)
    return query
  })
  for (const query of queries.slice(0, WARM_UPS)) await index.search(query, MIN_COSINE)
  const indexTimes: number[] = []
  for (const query of queries) {
    const start = performance.now()
    await index.search(query, MIN_COSINE)
    indexTimes.push(performance.now() - start)
  }

  const loopTimes: number[] = []
  let expected = 0
  let found = 0
  for (const query of queries.slice(0, WARM_UPS + LOOPS)) {
    const start = performance.now()
    const exact = searchByLoop(vectors, query, MIN_COSINE)
    loopTimes.push(performance.now() - start)
    const ids = new Set((await index.search(query, MIN_COSINE)).map(({ id }) => id))
    expected += exact.length
    found += exact.filter((id) => ids.has(id)).length
  }
  const indexMs = median(indexTimes)
  const loopMs = median(loopTimes.slice(WARM_UPS))
  const { bytes: indexBytes } = index
  index.dispose()
  return {
    faces,
    dimensions,
    indexMs,
    loopMs,
    recall: found / expected,
    indexBytes,
    indexBytesPerSecond: (faces * dimensions) / (indexMs / 1000),
    loopBytesPerSecond: vectors.byteLength / (loopMs / 1000),
  }
}

/** The ids, counted from 1, of all vectors that reach a cosine. */
function searchByLoop(vectors: Float32Array, query: Float32Array, minCosine: number): number[] {
  const found: number[] = []
  const { length } = query
  for (let at = 0; at < vectors.length; at += length) {
    let cosine = 0
    for (let i = 0; i < length; i++) cosine += vectors[at + i]! * query[i]!
    if (cosine >= minCosine) found.push(at / length + 1)
  }
  return found
}

/** Unit vectors; the sum of uniform numbers is as good as a normal one here. */
function fillRandomly(vectors: Float32Array, dimensions: number): void {
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

const READ_BYTES = 512 * 2 ** 20

/** Looking for a byte that is not there is memchr: SIMD over memory far larger than any cache. */
function measureReading(): number {
  const buffer = Buffer.alloc(READ_BYTES, 1)
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now()
    buffer.indexOf(0)
    return performance.now() - start
  })
  return READ_BYTES / (median(times) / 1000)
}
