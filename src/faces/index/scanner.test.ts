import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { createBlockMemory } from './block-memory.ts'
import { createPackedIndex, type Match } from './packed-index.ts'
import { createScanThreads } from './scan-threads.ts'
import { createScanner, type Scanner } from './scanner.ts'
import { makeClusters, rowOf } from './vectors.fixture.ts'

const scanners: Scanner[] = []
afterEach(() => Promise.all(scanners.splice(0).map((scanner) => scanner.dispose())))

/** Scans nothing on the calling thread. */
function threaded(options: Parameters<typeof createScanner>[0] = {}) {
  const scanner = createScanner({ threads: 2, inlineBytes: 0, ...options })
  scanners.push(scanner)
  return scanner
}

const sorted = (matches: readonly Match[]) => matches.toSorted((a, b) => a.id - b.id)
const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)

/** 40 MB: two tasks, so that two threads have work. */
const MANY = 320_000

function fill(index: ReturnType<typeof createPackedIndex>, vectors: Float32Array, count: number) {
  const some = vectors.length / 128
  for (let at = 0; at < count; at += some) index.add({ ids: idsFrom(1 + at, some), vectors })
}

test('threads find what the calling thread finds', async () => {
  const vectors = makeClusters(2_000, 128)
  const [here, there] = [createScanner({ inlineBytes: Infinity }), threaded()].map((scanner) => {
    const index = createPackedIndex({ dimensions: 128, reach: 0.4, scanner })
    fill(index, vectors, MANY)
    return index
  })
  const query = rowOf(vectors, 1_999, 128)
  const expected = await here!.search(query, 0.45)
  expect(expected.length).toBeGreaterThan((8 * MANY) / 2_000)
  expect(sorted(await there!.search(query, 0.45))).toEqual(sorted(expected))
})

test('a search that runs sees no faces added later, none removed, and no id in the place of another', async () => {
  const index = createPackedIndex({ dimensions: 128, reach: 0.4, scanner: threaded() })
  const vectors = makeClusters(1_600, 128)
  index.add({ ids: idsFrom(1, 1_600), vectors })
  const before = await index.search(rowOf(vectors, 0, 128), 0.45)
  const removed = before[0]!.id

  const running = index.search(rowOf(vectors, 0, 128), 0.45)
  index.remove([removed])
  index.add({ ids: idsFrom(5_000, 1_600), vectors })

  expect(sorted(await running)).toEqual(sorted(before.filter(({ id }) => id !== removed)))
  expect(index.size).toBe(3_199)
})

test('an index disposed under a search lets it finish, then wipes its memory', async () => {
  const scanner = threaded()
  const index = createPackedIndex({ dimensions: 128, reach: 0.4, scanner })
  const vectors = makeClusters(1_600, 128)
  index.add({ ids: idsFrom(1, 1_600), vectors })
  const running = index.search(rowOf(vectors, 0, 128), -1)
  index.dispose()
  expect(scanner.memory.usedBytes).toBeGreaterThan(0)
  expect(await running).toHaveLength(1_600)
  expect(scanner.memory.usedBytes).toBe(0)
  await expect(index.search(rowOf(vectors, 0, 128), -1)).rejects.toThrow('disposed')
})

test('an index may lie in several memories, also in ones that a thread has not seen yet', async () => {
  const memory = createBlockMemory({ scratchBlocks: 3, blocksPerMemory: 4 }) // one block of each is free
  const index = createPackedIndex({ dimensions: 512, reach: 0.4, scanner: threaded({ memory }) })
  const vectors = makeClusters(1_200, 512) // 512 in a block
  const query = rowOf(vectors, 1_100, 512)
  index.add({ ids: idsFrom(1, 600), vectors: vectors.subarray(0, 600 * 512) })
  expect(await index.search(query, -1)).toHaveLength(600)
  index.add({ ids: idsFrom(601, 600), vectors: vectors.subarray(600 * 512) })
  expect(memory.memories).toHaveLength(3)
  expect((await index.search(query, -1)).map(({ id }) => id)).toEqual(idsFrom(1, 1_200))
  expect((await index.search(query, 0.99)).map(({ id }) => id)).toEqual([1_101])
})

test('blocks of a large index are wiped over several turns and then given to others', async () => {
  const memory = createBlockMemory({ scratchBlocks: 1 })
  const blocks = Array.from({ length: 200 }, () => memory.allocate())
  for (const block of blocks) memory.view(block).fill(1)
  memory.release(blocks)
  expect(memory.usedBytes).toBeGreaterThan(0)
  await expect.poll(() => memory.usedBytes).toBe(0)
  const again = Array.from({ length: 200 }, () => memory.allocate())
  expect(again.toSorted()).toEqual(blocks.toSorted())
  expect(again.every((block) => memory.view(block).every((value) => value === 0))).toBe(true)
})

test('an aborted search rejects with the reason, before and while it runs', async () => {
  const index = createPackedIndex({ dimensions: 128, reach: 0.4, scanner: threaded() })
  const vectors = makeClusters(160, 128)
  index.add({ ids: idsFrom(1, 160), vectors })
  const query = rowOf(vectors, 0, 128)
  const abort = new AbortController()
  const running = index.search(query, 0.4, abort.signal)
  abort.abort(new Error('gone'))
  await expect(running).rejects.toThrow('gone')
  await expect(index.search(query, 0.4, abort.signal)).rejects.toThrow('gone')
  expect(await index.search(query, -1)).toHaveLength(160)
})

test('a thread that fails rejects its task and is replaced', async () => {
  const memory = createBlockMemory({ scratchBlocks: 2 })
  const threads = createScanThreads(1, memory.memories)
  const task = { dimensions: 32, query: new Int16Array(32), threshold: 0, rows: 3 }
  const blocks = Int32Array.of(memory.allocate())
  await expect(threads.run({ ...task, blocks: Int32Array.of(10 ** 6) })).rejects.toThrow('ended')
  expect(await threads.run({ ...task, blocks })).toEqual(Int32Array.of(0, 0, 1, 0, 2, 0))
  const jobs = [threads.run({ ...task, blocks }), threads.run({ ...task, blocks })]
  const stopped = jobs.map((job) => expect(job).rejects.toThrow('stopped'))
  await threads.dispose()
  await Promise.all(stopped)
  await expect(threads.run({ ...task, blocks })).rejects.toThrow('stopped')
})

test('idle threads do not keep the process alive, and one at work does', async () => {
  const file = (name: string) => JSON.stringify(new URL(name, import.meta.url))
  const script = `
    import { createPackedIndex } from ${file('./packed-index.ts')}
    import { createScanner } from ${file('./scanner.ts')}
    const scanner = createScanner({ threads: 1, inlineBytes: 0 })
    const index = createPackedIndex({ dimensions: 32, reach: 1, scanner })
    const vector = new Float32Array(32).fill(32 ** -0.5)
    index.add({ ids: [9], vectors: vector })
    await index.search(vector, 0.9)
    console.log(JSON.stringify(await index.search(vector, 0.9)))`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { timeout: 30_000 },
  )
  expect(JSON.parse(stdout)).toMatchObject([{ id: 9 }])
})
