import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOCK_BYTES } from './block-memory.ts'
import { createPackedIndex, type Match } from './packed-index.ts'
import { createScanner } from './scanner.ts'
import { cosine, cosinesWith, makeClusters, normalise, rowOf } from './vectors.fixture.ts'

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
const idsOf = (matches: readonly Match[]) => matches.map(({ id }) => id).sort((a, b) => a - b)
const makeIndex = (dimensions = 128, reach = 0.4) => {
  const scanner = createScanner()
  return { scanner, index: createPackedIndex({ dimensions, reach, scanner }) }
}

describe.each([128, 256, 512])('with vectors of %i numbers', (dimensions) => {
  test.each([0.4, 1 / 3])('nothing that floats would find is missed (reach %f)', async (reach) => {
    const { index } = makeIndex(dimensions, reach)
    const count = 1_600
    const vectors = makeClusters(count, dimensions)
    index.add({ ids: idsFrom(1, count), vectors })
    for (let row = 0; row < count; row += 160) {
      const query = rowOf(vectors, row, dimensions)
      const exact = cosinesWith(vectors, query)
      const matches = await index.search(query, 0.45)
      const atLeast = (least: number) => idsFrom(1, count).filter((id) => exact[id - 1]! >= least)
      expect(atLeast(0.45).length).toBeGreaterThan(8)
      expect(idsOf(matches)).toEqual(expect.arrayContaining(atLeast(0.45)))
      expect(atLeast(0.45 - 0.03)).toEqual(expect.arrayContaining(idsOf(matches)))
      for (const match of matches) {
        expect(Math.abs(match.cosine - exact[match.id - 1]!)).toBeLessThan(0.01)
      }
    }
  })
})

test('recall is 1 for any vectors, clipped ones and ones next to the threshold included', async () => {
  const component = fc.oneof(
    fc.float({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, 1, -1, 0.4),
  )
  const vector = fc
    .array(component, { minLength: 32, maxLength: 32 })
    .filter((values) => values.some((value) => Math.abs(value) > 1e-3))
    .map((values) => normalise(Float32Array.from(values)))
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { minLength: 2, maxLength: 40 }), async (rows) => {
      const { index } = makeIndex(32, 0.3)
      index.add({
        ids: idsFrom(1, rows.length),
        vectors: Float32Array.from(rows.flatMap((row) => [...row])),
      })
      const query = rows[0]!
      for (const row of rows) {
        const minCosine = cosine(row, query) // each row is the threshold once
        const matches = idsOf(await index.search(query, minCosine))
        const expected = rows.flatMap((other, i) =>
          cosine(other, query) >= minCosine ? i + 1 : [],
        )
        expect(matches).toEqual(expect.arrayContaining(expected))
        expect(new Set(matches).size).toBe(matches.length)
      }
      index.dispose()
    }),
    { numRuns: 60 },
  )
})

test('the index holds what a map would hold after any additions, replacements and removals', async () => {
  const vectors = makeClusters(64, 32)
  const id = fc.integer({ min: 1, max: 30 })
  const step = fc.oneof(
    fc.record({ add: fc.array(fc.tuple(id, fc.nat(63)), { maxLength: 12 }) }),
    fc.record({ remove: fc.array(id, { maxLength: 12 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { index, scanner } = makeIndex(32, 1)
      const model = new Map<number, Float32Array>()
      for (const change of steps) {
        if ('remove' in change) {
          for (const gone of change.remove) model.delete(gone)
          index.remove(change.remove)
          continue
        }
        const rows = change.add.map(([, row]) => rowOf(vectors, row, 32))
        change.add.forEach(([added], i) => void model.set(added, rows[i]!))
        index.add({
          ids: change.add.map(([added]) => added),
          vectors: Float32Array.from(rows.flatMap((row) => [...row])),
        })
      }
      const query = rowOf(vectors, 0, 32)
      const all = await index.search(query, -1)
      expect(index.size).toBe(model.size)
      expect(idsOf(all)).toEqual([...model.keys()].sort((a, b) => a - b))
      for (const match of all) {
        expect(match.cosine).toBeCloseTo(cosine(model.get(match.id)!, query), 1)
      }
      index.dispose()
      expect(scanner.memory.usedBytes).toBe(0)
    }),
    { numRuns: 100 },
  )
})

test('a removed face is found no more and its numbers are zeros in memory', async () => {
  const { index, scanner } = makeIndex()
  const vectors = makeClusters(16, 128)
  index.add({ ids: idsFrom(1, 16), vectors })
  const query = rowOf(vectors, 5, 128)
  expect(idsOf(await index.search(query, 0.9))).toEqual([6])

  index.remove([6])

  expect(idsOf(await index.search(query, -1))).toEqual(idsFrom(1, 16).filter((id) => id !== 6))
  const bytes = scanner.memory.view(firstBlockInUse(scanner))
  expect(bytes.subarray(5 * 128, 6 * 128).every((value) => value === 0)).toBe(true)
  expect(bytes.subarray(6 * 128, 7 * 128).some((value) => value !== 0)).toBe(true)
})

test('nothing of faces or queries is left in memory once the index is disposed', async () => {
  const { index, scanner } = makeIndex()
  const vectors = makeClusters(5_000, 128)
  index.add({ ids: idsFrom(1, 5_000), vectors })
  await index.search(rowOf(vectors, 0, 128), 2) // no results, so that the results do not count
  index.dispose()
  for (const memory of scanner.memory.memories) {
    expect(new Int32Array(memory.buffer).every((value) => value === 0)).toBe(true)
  }
})

test('the row of a removed face is used again', () => {
  const { index } = makeIndex()
  index.add({ ids: idsFrom(1, 2_048), vectors: makeClusters(2_048, 128) })
  const { bytes } = index
  for (let round = 1; round <= 3; round++) {
    index.remove(idsFrom(round, 1))
    index.add({ ids: [2_048 + round], vectors: makeClusters(1, 128) })
  }
  expect(index.size).toBe(2_048)
  expect(index.bytes).toBe(bytes)
})

test('a face added again is there once, with its last vector', async () => {
  const { index } = makeIndex()
  const vectors = makeClusters(32, 128)
  index.add({ ids: [7, 7], vectors: vectors.slice(0, 2 * 128) })
  index.add({ ids: Float64Array.of(7), vectors: vectors.slice(16 * 128, 17 * 128) })
  expect(index.size).toBe(1)
  expect(idsOf(await index.search(rowOf(vectors, 16, 128), 0.98))).toEqual([7])
  expect(await index.search(rowOf(vectors, 0, 128), 0.5)).toEqual([])
})

test('faces of more than one block match at once', async () => {
  const { index } = makeIndex()
  const count = (2.5 * BLOCK_BYTES) / 128
  const vector = makeClusters(1, 128)
  const vectors = new Float32Array(count * 128)
  for (let row = 0; row < count; row++) vectors.set(vector, row * 128)
  index.add({ ids: idsFrom(1, count), vectors })
  expect(idsOf(await index.search(vector, 0.9))).toEqual(idsFrom(1, count))
})

test('ids beyond 32 bits are told apart', async () => {
  const { index } = makeIndex()
  const vectors = makeClusters(3, 128)
  const ids = [5, 5 + 2 ** 32, Number.MAX_SAFE_INTEGER]
  index.add({ ids, vectors })
  index.remove([5 + 2 ** 33])
  expect(idsOf(await index.search(rowOf(vectors, 0, 128), -1))).toEqual(ids)
})

test('an empty index finds nothing and holds almost nothing', async () => {
  const { index } = makeIndex()
  expect(await index.search(makeClusters(1, 128), -1)).toEqual([])
  expect(index).toMatchObject({ size: 0, bytes: 0 })
})

test('what cannot be a face or a query is refused', async () => {
  const { index } = makeIndex()
  const vector = makeClusters(1, 128)
  for (const id of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => index.add({ ids: [id], vectors: vector })).toThrow(RangeError)
  }
  expect(() => index.add({ ids: [1], vectors: vector.with(3, Number.NaN) })).toThrow(RangeError)
  expect(() => index.add({ ids: [1, 2], vectors: vector })).toThrow(RangeError)
  await expect(index.search(vector.with(0, Number.NaN), 0.5)).rejects.toThrow(RangeError)
  await expect(index.search(new Float32Array(128), 0.5)).rejects.toThrow(RangeError)
  await expect(index.search(vector.subarray(1), 0.5)).rejects.toThrow(RangeError)
  await expect(index.search(vector, Number.NaN)).rejects.toThrow(RangeError)
  expect(() => createPackedIndex({ dimensions: 100, reach: 0.4 })).toThrow(RangeError)
  expect(index.size).toBe(0)
  index.dispose()
  expect(() => index.add({ ids: [1], vectors: vector })).toThrow('disposed')
})

/** Blocks are given away in ascending order after the scratch blocks of the threads. */
function firstBlockInUse({ memory }: { memory: { view(block: number): Int8Array } }): number {
  let block = 0
  while (
    memory
      .view(block)
      .subarray(1_024)
      .every((value) => value === 0) ||
    block < 1
  )
    block++
  return block
}
