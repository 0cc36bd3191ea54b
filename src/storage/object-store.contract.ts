import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ByteRange, ObjectStore } from './object-store.ts'

/** What every driver keeps to. `makeStore` is asked once a test and gives an empty store. */
export function describeObjectStore(name: string, makeStore: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    test('what was put is read back, from bytes and from a stream', async () => {
      const store = await makeStore()
      const body = randomBytes(300_000)
      await store.put('events/1/a.jpg', body)
      await store.put('events/1/b.jpg', Readable.from([body.subarray(0, 9), body.subarray(9)]))
      expect((await store.read('events/1/a.jpg'))?.equals(body)).toBe(true)
      expect((await store.read('events/1/b.jpg'))?.equals(body)).toBe(true)
      const stat = await store.stat('events/1/b.jpg')
      expect(stat?.bytes).toBe(300_000)
      expect(Math.abs(Date.now() - stat!.modifiedAt.getTime())).toBeLessThan(60_000)
    })

    test('what was found tells its size and gives all of it, or a range, however long it is', async () => {
      const store = await makeStore()
      const body = randomBytes(2_000_000)
      await store.put('long', body)
      await store.put('short', body.subarray(0, 5000))
      await store.put('empty', new Uint8Array())
      const read = async (key: string, range?: ByteRange) => {
        const found = await store.find(key)
        const bytes = await found!.read(range)
        return { found, bytes: Buffer.isBuffer(bytes) ? bytes : await buffer(bytes!) }
      }
      const long = await read('long')
      expect(long.found).toMatchObject({ bytes: 2_000_000 })
      expect(Math.abs(Date.now() - long.found!.modifiedAt.getTime())).toBeLessThan(60_000)
      expect(long.bytes.equals(body)).toBe(true)
      expect((await read('short')).bytes.equals(body.subarray(0, 5000))).toBe(true)
      expect((await read('empty')).bytes).toHaveLength(0)
      const [start, end] = [1000, 1_900_000]
      expect((await read('long', { start, end })).bytes.equals(body.subarray(start, end))).toBe(
        true,
      )
      const tail = { start: 4000, end: 9000 }
      expect((await read('short', tail)).bytes.equals(body.subarray(4000, 5000))).toBe(true)
      const closed = await store.find('short')
      closed!.close()
    })

    test('an empty object is an object', async () => {
      const store = await makeStore()
      await store.put('empty', new Uint8Array())
      expect(await store.stat('empty')).toMatchObject({ bytes: 0 })
      expect(await store.read('empty')).toHaveLength(0)
    })

    test('a second put replaces the object, and who reads the first goes on reading it', async () => {
      const store = await makeStore()
      await store.put('a', Buffer.from('first'))
      const reading = await store.open('a')
      await store.put('a', Buffer.from('second'))
      expect(String(await buffer(reading!))).toBe('first')
      expect(String(await store.read('a'))).toBe('second')
    })

    test.each([
      ['the beginning', { start: 0, end: 2 }, '01'],
      ['the middle', { start: 3, end: 4 }, '3'],
      ['more than there is', { start: 8, end: 99 }, '89'],
      ['nothing', { start: 5, end: 5 }, ''],
      ['only what lies behind the end', { start: 10, end: 20 }, ''],
    ])('a range of %s is cut exactly', async (_what, range: ByteRange, expected) => {
      const store = await makeStore()
      await store.put('digits', Buffer.from('0123456789'))
      expect(String(await buffer((await store.open('digits', range))!))).toBe(expected)
    })

    test('a range that is none is refused', async () => {
      const store = await makeStore()
      await store.put('digits', Buffer.from('0123456789'))
      for (const range of [
        { start: -1, end: 2 },
        { start: 3, end: 2 },
        { start: 0, end: 1.5 },
      ]) {
        await expect(store.open('digits', range)).rejects.toThrow(RangeError)
      }
    })

    test('what is not there, and what is a folder, is undefined; removing it is no error', async () => {
      const store = await makeStore()
      await store.put('folder/a', Buffer.from('a'))
      for (const key of ['nothing', 'folder', 'folder/a/below', 'folder/b']) {
        expect(await store.stat(key)).toBeUndefined()
        expect(await store.find(key)).toBeUndefined()
        expect(await store.open(key)).toBeUndefined()
        expect(await store.read(key)).toBeUndefined()
        await store.remove(key)
      }
      expect(String(await store.read('folder/a'))).toBe('a')
    })

    test('a folder is listed and removed with all below it, and nothing beside it', async () => {
      const store = await makeStore()
      const keys = ['e/1/a', 'e/1/x/b', 'e/1/x/y/c', 'e/10/d', 'e/1.jpg']
      for (const key of keys) await store.put(key, Buffer.from(key))
      expect(await listed(store, 'e/1')).toEqual(['e/1/a', 'e/1/x/b', 'e/1/x/y/c'])
      await store.removeFolder('e/1')
      await store.removeFolder('e/1')
      expect(await listed(store, 'e/1')).toEqual([])
      expect(await listed(store, 'e')).toEqual(['e/1.jpg', 'e/10/d'])
      await store.remove('e/10/d')
      expect(await listed(store, 'e')).toEqual(['e/1.jpg'])
    })

    test.each([
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/..',
      '../a',
      'a/../../b',
      '.temporary/a',
      'a/.b',
      'a b',
      'a\\b',
      'a\0b',
      'ä',
      'a%2e',
      'a?b',
      'x'.repeat(201),
      'long/'.repeat(200),
    ])('the key %j is refused', async (key) => {
      const store = await makeStore()
      await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(RangeError)
      await expect(store.read(key)).rejects.toThrow(RangeError)
      await expect(store.stat(key)).rejects.toThrow(RangeError)
      await expect(store.remove(key)).rejects.toThrow(RangeError)
      await expect(store.removeFolder(key)).rejects.toThrow(RangeError)
      await expect(listed(store, key)).rejects.toThrow(RangeError)
      expect(() => store.presign(key, { ttlSeconds: 60, fileName: 'x' })).toThrow(RangeError)
    })

    test('a body that fails half-way leaves the object as it was', async () => {
      const store = await makeStore()
      await store.put('a', Buffer.from('first'))
      await expect(store.put('a', Readable.from(failing()))).rejects.toThrow(
        'the camera was unplugged',
      )
      await expect(store.put('b', Readable.from(failing()))).rejects.toThrow(
        'the camera was unplugged',
      )
      expect(String(await store.read('a'))).toBe('first')
      expect(await store.stat('b')).toBeUndefined()
    })

    test('a put that is aborted, before or while its source stalls, leaves nothing and ends the source', async () => {
      const store = await makeStore()
      const before = AbortSignal.abort()
      await expect(store.put('a', Buffer.from('x'), before)).rejects.toThrow(/abort/i)
      const stalled = new Readable({ read() {} })
      stalled.push('some')
      const abort = new AbortController()
      const put = store.put('a', stalled, abort.signal)
      await sleep(30)
      abort.abort()
      await expect(put).rejects.toThrow(/abort/i)
      expect(stalled.destroyed).toBe(true)
      expect(await store.stat('a')).toBeUndefined()
    })

    test('of many puts of one key at once one stays, whole', async () => {
      const store = await makeStore()
      const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(100_000, `${index}`))
      await Promise.all(bodies.map((body) => store.put('folder/a', body)))
      const kept = await store.read('folder/a')
      expect(bodies.some((body) => kept?.equals(body))).toBe(true)
    })

    test('presigning the same object twice in a window gives the same URL', async () => {
      const store = await makeStore()
      const urls = Array.from({ length: 3 }, () =>
        store.presign('e/1/a.jpg', { ttlSeconds: 600, fileName: 'Zieleinlauf 7.jpg' }),
      )
      // A window may end between two calls, not between three.
      expect(new Set(urls).size).toBeLessThan(3)
      expect(store.presign('e/1/b.jpg', { ttlSeconds: 600, fileName: 'x' })).not.toBe(urls[0])
    })
  })
}

const listed = async (store: ObjectStore, prefix: string) =>
  (await Array.fromAsync(store.list(prefix))).sort()

async function* failing() {
  yield Buffer.alloc(200_000)
  throw new Error('the camera was unplugged')
}
