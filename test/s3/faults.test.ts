import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { S3Store } from '../../src/storage/s3/s3-store.ts'
import { type Fault, type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import { describeOnSwift, newSettings, newStore } from './test-store.ts'

const PART = 8 * 2 ** 20

describeOnSwift('a store behind a bad network', () => {
  let proxy: FaultyProxy
  let store: S3Store

  beforeAll(async () => {
    proxy = await startFaultyProxy(newSettings().endpoint)
  })
  afterAll(() => proxy?.stop())

  beforeEach(async () => {
    proxy.setFault(() => undefined)
    store = (await newStore({ endpoint: proxy.url, idleMs: 700 })).store
  })

  /** Does something to the first requests, whatever they are. */
  const failFirst = (count: number, fault: Fault) => {
    let seen = 0
    proxy.setFault(() => (seen++ < count ? fault : undefined))
  }

  const faults: [string, Fault][] = [
    ['answers 500', 500],
    ['answers 503', 503],
    ['asks to slow down', 429],
    ['does not answer', 'stall'],
    ['loses its answer', 'lost'],
  ]
  test.each(faults)('a store that %s twice is not noticed', async (_what, fault) => {
    const body = randomBytes(100_000)
    failFirst(2, fault)
    await store.put('e/a', Readable.from([body]))
    failFirst(2, fault)
    expect((await store.read('e/a'))?.equals(body)).toBe(true)
    failFirst(2, fault)
    expect(await store.stat('e/a')).toMatchObject({ bytes: 100_000 })
    failFirst(2, fault)
    expect(await Array.fromAsync(store.list('e'))).toEqual(['e/a'])
    failFirst(2, fault)
    await store.removeFolder('e')
    expect(await store.stat('e/a')).toBeUndefined()
  })

  test.each<[string, Fault]>([
    ['cut off', 'cut'],
    ['that stalls', 'pause'],
  ])('a body %s in the middle is read on from there', async (_what, fault) => {
    const body = randomBytes(300_000)
    await store.put('a', body)
    const before = proxy.requests()
    failFirst(3, fault)
    expect((await store.read('a'))?.equals(body)).toBe(true)
    expect(proxy.requests() - before).toBe(4)
    failFirst(1, fault)
    const range = { start: 1000, end: 200_000 }
    const part = Buffer.concat(await Array.fromAsync((await store.open('a', range))!))
    expect(part.equals(body.subarray(1000, 200_000))).toBe(true)
  })

  test('an object that is replaced while a cut reading goes on ends that reading, not mixes it', async () => {
    await store.put('a', Buffer.alloc(200_000, 'old'))
    proxy.setFault(({ method }) => (method === 'GET' ? 'cut' : undefined))
    const reading = (await store.open('a'))!
    await sleep(200)
    await store.put('a', Buffer.alloc(200_000, 'new'))
    await expect(Array.fromAsync(reading)).rejects.toThrow('412')
  })

  test('a slow reader is not taken for a slow store', async () => {
    const body = randomBytes(3_000_000)
    await store.put('a', body)
    const before = proxy.requests()
    const chunks: Buffer[] = []
    for await (const chunk of (await store.open('a'))!) {
      if (chunks.length === 0) await sleep(1500)
      chunks.push(chunk)
    }
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
    expect(proxy.requests() - before).toBe(1)
  })

  test('every request of an upload in parts may fail once, its end too when only the answer is lost', async () => {
    const body = randomBytes(PART + 100_000)
    const failed = new Set<string>()
    proxy.setFault(({ method, url = '' }) => {
      const step = `${method} ${url.replace(/uploadId=[^&]*/, 'uploadId')}`
      if (failed.has(step)) return undefined
      failed.add(step)
      return method === 'POST' && url.includes('uploadId') ? 'lost' : 503
    })
    await store.put('a', Readable.from([body]))
    expect(failed.size).toBeGreaterThanOrEqual(4)
    proxy.setFault(() => undefined)
    expect((await store.read('a'))?.equals(body)).toBe(true)
  })

  test('a store that stays away fails the write and the read, in words and in time; nothing half is there', async () => {
    await store.put('a', Buffer.from('first'))
    proxy.setFault(() => 503)
    await expect(store.put('a', Readable.from([Buffer.from('second')]))).rejects.toThrow(
      /PUT a in bucket test-\w+ at 127.0.0.1:\d+: the store refused \(503\)/,
    )
    await expect(store.read('a')).rejects.toThrow('503')
    proxy.setFault(() => undefined)
    expect(String(await store.read('a'))).toBe('first')
  })

  test('an upload that is aborted while the store stalls ends at once', async () => {
    proxy.setFault(() => 'stall')
    const started = performance.now()
    const put = store.put('a', Readable.from([Buffer.from('x')]), AbortSignal.timeout(100))
    await expect(put).rejects.toThrow(/abort/i)
    expect(performance.now() - started).toBeLessThan(600)
    proxy.setFault(() => undefined)
    expect(await store.stat('a')).toBeUndefined()
  })
})
