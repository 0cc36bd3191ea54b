import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { FACE_MODEL } from '../src/faces/engine/face-model.ts'
import { packFile, unpackFile } from '../src/faces/index/packed-file.ts'
import { createPackedIndex, type PackedIndex } from '../src/faces/index/packed-index.ts'
import { median } from './median.ts'
import { measureReading } from './memory-bandwidth.ts'
import { fillRandomly, randomVector } from './unit-vectors.ts'
import { openUsearch, type Usearch } from './usearch.ts'

export type IndexFigures = {
  faces: number
  dimensions: number
  /** p50 of a search, in milliseconds. */
  indexMs: number
  /** The same while faces are added, and how many are in a second. */
  addingMs: number
  addedPerSecond: number
  loopMs: number
  usearchMs: number
  usearchInt8Ms: number
  /** Of what the loop finds, what the others find too. */
  recall: number
  usearchRecall: number
  usearchInt8Recall: number
  indexBytes: number
  /** Bytes of vectors that a search reads in a second. */
  indexBytesPerSecond: number
  /** Faces a second, from a packed file that the system has in memory. */
  loadedPerSecond: number
}
export type FaceIndexReport = {
  sizes: IndexFigures[]
  /** What one and two threads read from memory. */
  readBytesPerSecond: { one: number; two: number }
}

const SIZES = [100_000, 1_000_000, 5_000_000]
/** As the index itself. */
const THREADS = 2
const SEARCHES = 40
/** Searches that are compared: the loop takes a second each. */
const COMPARED = 8
/** Not timed: threads start, and the loop is compiled on the way. */
const WARM_UPS = 3
const BATCH = 10_000
/** Some thirty of a million random directions are as close as this to a query: enough to check what is found. */
const MIN_COSINE = 0.35
/** More than reach it of five million. */
const NEAREST = 400
/** More than any import finds: 200 faces, 100 times a second. */
const ADDED_AT_ONCE = 200
const ADD_EVERY_MS = 10

/** The packed index against a loop over the same vectors as floats and usearch, all exact, on random unit vectors. */
export async function measureFaceIndex(
  folder: string,
  signal: AbortSignal,
): Promise<FaceIndexReport> {
  const usearch = await openUsearch(THREADS, signal)
  const sizes: IndexFigures[] = []
  for (const faces of SIZES) sizes.push(await measureSize({ faces, usearch, folder }, signal))
  const readBytesPerSecond = { one: await measureReading(1), two: await measureReading(2) }
  return { sizes, readBytesPerSecond }
}

async function measureSize(
  { faces, usearch, folder }: { faces: number; usearch: Usearch; folder: string },
  signal: AbortSignal,
): Promise<IndexFigures> {
  const { dimensions, quantiserReach: reach } = FACE_MODEL
  const vectors = new Float32Array(faces * dimensions)
  const index = createPackedIndex({ dimensions, reach })
  for (let first = 0; first < faces; first += BATCH) {
    const part = vectors.subarray(first * dimensions, (first + BATCH) * dimensions)
    fillRandomly(part, dimensions)
    index.add({ ids: Array.from({ length: BATCH }, (_, i) => first + i + 1), vectors: part })
    signal.throwIfAborted()
  }
  const { bytes: indexBytes } = index
  const loadedPerSecond = faces / (await timeLoading(index, join(folder, 'faces')))

  const queries = Array.from({ length: WARM_UPS + SEARCHES }, () => randomVector(dimensions))
  const indexMs = await timeEach(queries, (query) => index.search(query, MIN_COSINE))

  const compared = queries.slice(0, WARM_UPS + COMPARED)
  const truth: Set<number>[] = []
  const loopMs = await timeEach(compared, (query) => {
    truth.push(new Set(searchByLoop(vectors, query, MIN_COSINE)))
  })
  const found = await Promise.all(compared.map((query) => index.search(query, MIN_COSINE)))
  const recall = recallOf(
    truth,
    found.map((matches) => matches.map(({ id }) => id)),
  )
  const float = await timeUsearch(usearch, { vectors, queries: compared, truth })
  const rounded = { vectors: round(vectors, reach), queries: compared.map((q) => round(q, reach)) }
  const int8 = await timeUsearch(usearch, { ...rounded, truth })

  const { ms: addingMs, perSecond: addedPerSecond } = await timeWhileAdding(index, queries)
  index.dispose()
  return {
    faces,
    dimensions,
    indexMs,
    addingMs,
    addedPerSecond,
    loopMs,
    usearchMs: float.ms,
    usearchInt8Ms: int8.ms,
    recall,
    usearchRecall: float.recall,
    usearchInt8Recall: int8.recall,
    indexBytes,
    indexBytesPerSecond: (faces * dimensions) / (indexMs / 1000),
    loadedPerSecond,
  }
}

/** The median time of one query, in milliseconds. */
async function timeEach<Query>(
  queries: readonly Query[],
  search: (query: Query) => unknown,
): Promise<number> {
  const times: number[] = []
  for (const query of queries) {
    const start = performance.now()
    await search(query)
    times.push(performance.now() - start)
  }
  return median(times.slice(WARM_UPS))
}

/** Seconds from a packed file to an index that can be searched. */
async function timeLoading(index: PackedIndex, file: string): Promise<number> {
  const { dimensions, quantiserReach: reach, id: model } = FACE_MODEL
  const title = { eventId: 1, model, revision: 'benchmark', dimensions, reach }
  await pipeline(
    Readable.from(packFile(index, title), { objectMode: false }),
    createWriteStream(file),
  )
  const times: number[] = []
  for (let run = 0; run < 3; run++) {
    const copy = createPackedIndex({ dimensions, reach })
    const start = performance.now()
    await unpackFile(createReadStream(file), title, copy)
    times.push((performance.now() - start) / 1000)
    copy.dispose()
  }
  return median(times)
}

async function timeUsearch<Vectors extends Float32Array | Int8Array>(
  usearch: Usearch,
  { vectors, queries, truth }: { vectors: Vectors; queries: Vectors[]; truth: Set<number>[] },
): Promise<{ ms: number; recall: number }> {
  const found: number[][] = []
  const ms = await timeEach(queries, (query) => {
    found.push(usearch.search(vectors, query, NEAREST).map((row) => row + 1))
  })
  return { ms, recall: recallOf(truth, found) }
}

/** Searches while faces are added on the same thread. */
async function timeWhileAdding(index: PackedIndex, queries: readonly Float32Array[]) {
  const vectors = new Float32Array(ADDED_AT_ONCE * FACE_MODEL.dimensions)
  fillRandomly(vectors, FACE_MODEL.dimensions)
  let nextId = index.rows + 1
  let isAdding = true
  const begun = performance.now()
  const adding = (async () => {
    for (; isAdding; nextId += ADDED_AT_ONCE) {
      index.add({ ids: Array.from({ length: ADDED_AT_ONCE }, (_, i) => nextId + i), vectors })
      await sleep(ADD_EVERY_MS)
    }
  })()
  const before = nextId
  const ms = await timeEach(queries, (query) => index.search(query, MIN_COSINE))
  isAdding = false
  await adding
  return { ms, perSecond: (nextId - before) / ((performance.now() - begun) / 1000) }
}

function recallOf(truth: readonly Set<number>[], found: readonly number[][]): number {
  const all = truth.reduce((sum, ids) => sum + ids.size, 0)
  const hit = truth.reduce((sum, ids, i) => sum + found[i]!.filter((id) => ids.has(id)).length, 0)
  return hit / all
}

/** As the packed index rounds; a loop, as `Int8Array.from` with a function first makes an array of numbers. */
function round(vectors: Float32Array, reach: number): Int8Array {
  const rounded = new Int8Array(vectors.length)
  for (let i = 0; i < vectors.length; i++)
    rounded[i] = Math.max(-127, Math.min(127, Math.round((vectors[i]! * 127) / reach)))
  return rounded
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
