import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { PackedFileUnfit, packFile, unpackFile } from './packed-file.ts'
import { createPackedIndex, type PackedIndex } from './packed-index.ts'
import { createScanner } from './scanner.ts'
import { makeClusters, rowOf } from './vectors.fixture.ts'

const DIMENSIONS = 128
const REACH = 0.3
/** Three blocks, the last not full. */
const COUNT = 5_000
const title = {
  eventId: 7,
  model: 'a-model',
  revision: '0198c5a0-0000-7000-8000-000000000000',
  dimensions: DIMENSIONS,
  reach: REACH,
}
const vectors = makeClusters(COUNT, DIMENSIONS)
const ids = Array.from({ length: COUNT }, (_, i) => 3 * i + 1)

const scanner = createScanner()
afterAll(() => scanner.dispose())
const emptyIndex = () => createPackedIndex({ dimensions: DIMENSIONS, reach: REACH, scanner })
function fullIndex(): PackedIndex {
  const index = emptyIndex()
  index.add({ ids, vectors })
  return index
}

const pack = (index: PackedIndex) => buffer(Readable.from(packFile(index, title)))
/** In pieces of an odd size, as a network may cut them. */
function piecesOf(bytes: Buffer): Readable {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 9_973) pieces.push(bytes.subarray(at, at + 9_973))
  return Readable.from(pieces)
}
async function unpack(bytes: Buffer, wanted = title) {
  const index = emptyIndex()
  await unpackFile(piecesOf(bytes), wanted, index)
  return index
}
const search = async (index: PackedIndex, row: number) =>
  (await index.search(rowOf(vectors, row, DIMENSIONS), 0.3)).sort((a, b) => a.id - b.id)

test('an index that was written and read finds the same, removed and clipped rows included', async () => {
  const index = fullIndex()
  const spiked = new Float32Array(DIMENSIONS).fill(0.01)
  spiked[3] = Math.sqrt(1 - 0.0001 * (DIMENSIONS - 1)) // far beyond the reach
  index.add({ ids: [1_000_000], vectors: spiked })
  index.remove(ids.slice(100, 116))

  const copy = await unpack(await pack(index))
  expect(copy.size).toBe(index.size)
  for (const row of [0, 100, 2_500, COUNT - 1])
    expect(await search(copy, row)).toEqual(await search(index, row))
  expect((await copy.search(spiked, 0.999)).map(({ id }) => id)).toEqual([1_000_000])

  copy.add({ ids: [ids[100]!], vectors: rowOf(vectors, 100, DIMENSIONS) })
  copy.remove([ids[0]!])
  const found = (await search(copy, 100)).map(({ id }) => id)
  expect(found).toContain(ids[100])
  expect((await search(copy, 0)).map(({ id }) => id)).not.toContain(ids[0])
})

test('faces added and removed while a file is written do no harm: it is as before or after each', async () => {
  const index = fullIndex()
  const bytes: Buffer[] = []
  let parts = 0
  for await (const part of packFile(index, title)) {
    bytes.push(part)
    if (++parts !== 2) continue // the head and the first block are written
    index.remove([ids[0]!, ids[COUNT - 1]!])
    index.add({ ids: [2_000_000], vectors: rowOf(vectors, 0, DIMENSIONS) })
  }
  const copy = await unpack(Buffer.concat(bytes))
  const found = (await search(copy, 0)).map(({ id }) => id)
  expect(found).toContain(ids[0]) // written before; whoever loads it is told of the removal again
  expect((await search(copy, COUNT - 1)).map(({ id }) => id)).not.toContain(ids[COUNT - 1])
  copy.remove([ids[0]!])
  expect((await search(copy, 0)).map(({ id }) => id)).not.toContain(ids[0])
})

test('what is cut off, damaged in any part, or about something else is refused', async () => {
  const bytes = await pack(fullIndex())
  for (const length of [0, 5, 100, 300_000, bytes.length - 1])
    await expect(unpack(bytes.subarray(0, length))).rejects.toThrow(PackedFileUnfit)
  for (const at of [2, 10, 60, 5_000, 200_000, bytes.length - 20, bytes.length - 2]) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 0x10
    await expect(unpack(damaged), `byte ${at}`).rejects.toThrow(PackedFileUnfit)
  }
  for (const other of [{ eventId: 8 }, { model: 'another' }, { reach: 0.4 }, { revision: 'x' }])
    await expect(unpack(bytes, { ...title, ...other })).rejects.toThrow(PackedFileUnfit)
})
