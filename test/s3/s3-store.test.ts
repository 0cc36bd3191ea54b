import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { describeObjectStore } from '../../src/storage/object-store.contract.ts'
import { connectToS3, type S3Settings } from '../../src/storage/s3/connection.ts'
import { createS3Store } from '../../src/storage/s3/s3-store.ts'
import { describeOnSwift, newStore } from './test-store.ts'

describeOnSwift('on OpenStack Swift', () => {
  describeObjectStore('S3', async () => (await newStore()).store)

  test('a body of several parts is put whole, read in ranges across them, and replaced', async () => {
    const { store } = await newStore()
    const body = randomBytes(19 * 2 ** 20)
    await store.put('events/1/a', Readable.from(chunksOf(body, 300_000)))
    expect((await store.stat('events/1/a'))?.bytes).toBe(body.length)
    expect((await store.read('events/1/a'))?.equals(body)).toBe(true)
    const border = 8 * 2 ** 20
    const range = { start: border - 5, end: border + 5 }
    const [across] = await Array.fromAsync((await store.open('events/1/a', range))!)
    expect(body.subarray(range.start, range.end).equals(across)).toBe(true)
    await store.put('events/1/a', Buffer.from('small'))
    expect(String(await store.read('events/1/a'))).toBe('small')
  })

  test('a put that ends in its second part leaves neither object nor parts', async () => {
    const { store, settings } = await newStore()
    const body = async function* () {
      yield randomBytes(9 * 2 ** 20)
      throw new Error('the camera was unplugged')
    }
    await expect(store.put('a', Readable.from(body()))).rejects.toThrow('unplugged')
    const abort = new AbortController()
    const stalled = new Readable({ read() {} })
    stalled.push(randomBytes(9 * 2 ** 20))
    const put = store.put('a', stalled, abort.signal)
    setTimeout(() => abort.abort(), 1000)
    await expect(put).rejects.toThrow(/abort/i)
    expect(await store.stat('a')).toBeUndefined()
    expect(await openUploads(settings)).toBe(0)
  })

  test('uploads of killed processes are swept when old', async () => {
    const { store, settings } = await newStore()
    await connectToS3(settings).ask({ method: 'POST', key: 'a', query: { uploads: '' } })
    expect(await store.sweepTemporary(3_600_000)).toBe(0)
    expect(await openUploads(settings)).toBe(1)
    expect(await store.sweepTemporary(-60_000)).toBe(1)
    expect(await openUploads(settings)).toBe(0)
  })

  test('a presigned URL serves its object under its name, whole and in ranges', async () => {
    const { store } = await newStore()
    await store.put('e/1/a', Buffer.from('0123456789'))
    const url = store.presign('e/1/a', { ttlSeconds: 60, fileName: 'Läufer 7 & 8.jpg' })
    const answer = await fetch(url)
    expect(await answer.text()).toBe('0123456789')
    expect(answer.headers.get('content-type')).toBe('image/jpeg')
    expect(answer.headers.get('content-disposition')).toContain(
      "filename*=UTF-8''L%C3%A4ufer%207%20%26%208.jpg",
    )
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
    expect([part.status, await part.text()]).toEqual([206, '234'])
  })

  test('a URL that was changed, expired, signed for another key or with another secret is refused', async () => {
    const { store, settings } = await newStore()
    await store.put('e/1/a', Buffer.from('private'))
    await store.put('e/1/b', Buffer.from('private'))
    const url = store.presign('e/1/a', { ttlSeconds: 60, fileName: 'a.jpg' })
    const wrong = { ...settings.credentials, secretAccessKey: 'guessed' }
    const forged = createS3Store({ ...settings, credentials: wrong })
    const old = connectToS3(settings).presign('e/1/a', {
      now: new Date(Date.now() - 120_000),
      ttlSeconds: 60,
      query: {},
    })
    const statuses = await Promise.all(
      [
        url.replace('/e/1/a', '/e/1/b'),
        url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=99999'),
        url.replace('a.jpg', 'b.jpg'),
        url.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        url.replace(/&X-Amz-Signature.*/, ''),
        url.replace(/\?.*/, ''),
        old,
        forged.presign('e/1/a', { ttlSeconds: 60, fileName: 'a.jpg' }),
      ].map(async (tampered) => {
        const answer = await fetch(tampered)
        expect(await answer.text()).not.toContain('private')
        return answer.status
      }),
    )
    expect((await fetch(url)).status).toBe(200)
    for (const status of statuses) expect([400, 403]).toContain(status)
  })

  test('a wrong secret, and a bucket of another, are told in words', async () => {
    const { settings } = await newStore()
    const credentials = { ...settings.credentials, secretAccessKey: 'wrong' }
    const refused = createS3Store({ ...settings, credentials })
    await expect(refused.prepareBucket()).rejects.toThrow(
      /the secret is wrong \(TRACKSIDE_S3_SECRET_ACCESS_KEY\) \(403 SignatureDoesNotMatch\)/,
    )
    await expect(refused.put('a', Buffer.from('x'))).rejects.not.toThrow(/wrong-secret/)
  })

  test('a folder of more objects than one list holds is listed and removed', async () => {
    const { store } = await newStore({ keysAtOnce: 4 })
    const keys = Array.from({ length: 10 }, (_, i) => `e/1/${i}`)
    for (const key of keys) await store.put(key, Buffer.from(key))
    expect(await Array.fromAsync(store.list('e/1'))).toEqual(keys)
    await store.removeFolder('e/1')
    expect(await Array.fromAsync(store.list('e/1'))).toEqual([])
  })
})

function* chunksOf(body: Buffer, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

async function openUploads(settings: S3Settings) {
  const { text } = await connectToS3(settings).ask({ method: 'GET', query: { uploads: '' } })
  return text.split('<Upload>').length - 1
}
