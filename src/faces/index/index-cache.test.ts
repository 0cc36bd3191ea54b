import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createIndexCache } from './index-cache.ts'

/** A cache of 100 bytes whose indexes have 40 and end their load when the test says so, or at once. */
function makeCache({ waits = false } = {}) {
  const events: string[] = []
  const loads: { resolve: () => void; signal: AbortSignal }[] = []
  const cache = createIndexCache({
    maxBytes: 100,
    async load(key, signal) {
      events.push(`load ${key}`)
      if (waits) {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        loads.push({ resolve, signal })
        signal.addEventListener('abort', () => reject(signal.reason))
        await promise
      }
      if (key === 'bad') throw new Error('cannot load')
      return { key, bytes: 40, dispose: () => void events.push(`dispose ${key}`) }
    },
  })
  return { cache, events, loads }
}
const keyOf = ({ key }: { key: string }) => key

test('an index is loaded once, however many ask at the same moment', async () => {
  const { cache, events } = makeCache()
  const keys = await Promise.all(Array.from({ length: 5 }, () => cache.use('a', keyOf)))
  expect(keys).toEqual(Array(5).fill('a'))
  expect(await cache.use('a', keyOf)).toBe('a')
  expect(events).toEqual(['load a'])
  expect(cache).toMatchObject({ size: 1, bytes: 40 })
})

test('the least recently used index goes when all together are too large', async () => {
  const { cache, events } = makeCache()
  for (const key of ['a', 'b', 'a', 'c']) await cache.use(key, keyOf)
  expect(events).toEqual(['load a', 'load b', 'load c', 'dispose b'])
  expect(cache).toMatchObject({ size: 2, bytes: 80 })
  expect(cache.peek('b')).toBeUndefined()
  expect(cache.peek('a')?.key).toBe('a')
})

test('an index that is too large alone stays until another is asked for', async () => {
  const disposed: string[] = []
  const cache = createIndexCache({
    maxBytes: 10,
    load: async (key) => ({ bytes: 40, dispose: () => void disposed.push(key) }),
  })
  await cache.use('a', () => {})
  expect(disposed).toEqual([])
  await cache.use('b', () => {})
  expect(disposed).toEqual(['a'])
})

test('an index in use is not freed before its user is done', async () => {
  const { cache, events } = makeCache()
  const search = Promise.withResolvers<void>()
  const using = cache.use('a', () => search.promise)
  for (const key of ['b', 'c', 'd']) await cache.use(key, keyOf)
  expect(cache.peek('a')?.key).toBe('a')
  cache.drop('a')
  expect(cache.peek('a')).toBeUndefined()
  expect(events).not.toContain('dispose a')
  search.resolve()
  await using
  expect(events.filter((event) => event === 'dispose a')).toHaveLength(1)
})

test('a load that fails is told to all who wait and tried again by the next', async () => {
  const { cache, events } = makeCache()
  const both = await Promise.allSettled([cache.use('bad', keyOf), cache.use('bad', keyOf)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(cache.use('bad', keyOf)).rejects.toThrow('cannot load')
  expect(events).toEqual(['load bad', 'load bad'])
  expect(cache.size).toBe(0)
})

test('what its user throws leaves the index in the cache', async () => {
  const { cache, events } = makeCache()
  const fail = () => Promise.reject(new Error('no'))
  await expect(cache.use('a', fail)).rejects.toThrow('no')
  await cache.use('a', keyOf)
  expect(events).toEqual(['load a'])
})

test('one who stops waiting leaves the load to the others; when all have, the load ends', async () => {
  const { cache, events, loads } = makeCache({ waits: true })
  const [first, second] = [new AbortController(), new AbortController()]
  const one = cache.use('a', keyOf, first.signal)
  const two = cache.use('a', keyOf, second.signal)
  first.abort(new Error('left'))
  await expect(one).rejects.toThrow('left')
  loads[0]!.resolve()
  expect(await two).toBe('a')

  const three = cache.use('b', keyOf, second.signal)
  second.abort(new Error('left too'))
  await expect(three).rejects.toThrow('left too')
  expect(loads.map((load) => load.signal.aborted)).toEqual([false, true])
  expect(events).toEqual(['load a', 'load b'])
  await expect(cache.use('a', keyOf, second.signal)).rejects.toThrow('left too')
})

test('an index dropped while it loads is loaded anew for those who wait', async () => {
  const { cache, events, loads } = makeCache({ waits: true })
  const using = cache.use('a', keyOf)
  cache.drop('a')
  await expect.poll(() => loads.length).toBe(2)
  loads[1]!.resolve()
  expect(await using).toBe('a')
  expect(events).toEqual(['load a', 'load a'])
})

test('a load that ends although it was dropped is freed and used by nobody', async () => {
  const disposed: number[] = []
  let loads = 0
  const cache = createIndexCache({
    maxBytes: 100,
    async load() {
      const number = ++loads
      await nextTurn()
      return { number, bytes: 40, dispose: () => void disposed.push(number) }
    },
  })
  const using = cache.use('a', ({ number }) => number)
  cache.drop('a')
  expect(await using).toBe(2)
  expect(disposed).toEqual([1])

  const abort = new AbortController()
  const leaving = cache.use('b', () => {}, abort.signal)
  abort.abort()
  await expect(leaving).rejects.toThrow('aborted')
  await expect.poll(() => disposed).toEqual([1, 3])
  expect(cache.size).toBe(1)
})

test('disposing the cache frees all it holds', async () => {
  const { cache, events } = makeCache()
  await cache.use('a', keyOf)
  await cache.use('b', keyOf)
  cache.dispose()
  expect(events.slice(2)).toEqual(['dispose a', 'dispose b'])
  expect(cache).toMatchObject({ size: 0, bytes: 0 })
})
