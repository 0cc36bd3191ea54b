import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient, formOf } from './client.ts'
import { expectUnharmed } from './expect-unharmed.ts'
import { draw, drawAnimation, drawNoise, drawPhoto, drawPhotoAt, makeHugePng } from './pictures.ts'
import { makeFolder, removeFolder, type System, startSystem } from './system.ts'

const LIMIT = 240_000
const MAX_BYTES = 2 * 2 ** 20

let folder: string
let system: System
let client: Client
let key: string

beforeAll(async () => {
  folder = await makeFolder()
  system = await startSystem(join(folder, 'data'), { TRACKSIDE_MAX_PHOTO_MB: '2' })
  client = createClient(system)
  key = system.key ?? ''
}, LIMIT)

afterAll(async () => {
  await system?.stop()
  await removeFolder(folder)
}, LIMIT)

/** Files that are no usable photos, with the code of their failure and what the organiser should read. */
async function makeBadFiles(): Promise<
  [name: string, bytes: Buffer, code: string, told: RegExp][]
> {
  const whole = await drawPhoto(900, { width: 1600, height: 1200 })
  return [
    [
      'truncated.jpg',
      whole.subarray(0, whole.length / 2),
      'photo_not_decodable',
      /truncated|ends early/,
    ],
    ['text.jpg', Buffer.from('Dear reader, this is no photo.'), 'photo_unsupported', /not a photo/],
    ['empty.jpg', Buffer.alloc(0), 'photo_not_decodable', /empty/],
    ['huge.png', makeHugePng(30_000), 'photo_too_large', /30000 × 30000/],
    ['animated.gif', await drawAnimation('gif'), 'photo_unsupported', /GIF/],
    ['large.jpg', await drawNoise({ width: 2400, height: 1600 }), 'photo_too_large', /2 (MB|MiB)/],
    ['start.pdf', Buffer.from('%PDF-1.7\n1 0 obj\n'), 'photo_unsupported', /pdf/i],
    ['header.jpg', whole.subarray(0, 300), 'photo_not_decodable', /./],
  ]
}

/** Files that are odd but are photos. */
const makeOddFiles = async (): Promise<[string, Buffer][]> => [
  ['animated.webp', await drawAnimation('webp')],
  ['cmyk.jpg', await draw(901).toColourspace('cmyk').jpeg().toBuffer()],
  ['deep.png', await draw(902).toColourspace('rgb16').png().toBuffer()],
  ['grey.jpg', await draw(903).greyscale().jpeg().toBuffer()],
  ['see-through.png', await draw(904).ensureAlpha(0.5).png().toBuffer()],
  ['one-pixel.png', await draw(905, { width: 1, height: 1 }).png().toBuffer()],
  ['strip.jpg', await draw(906, { width: 6000, height: 3 }).jpeg().toBuffer()],
]

test(
  'Each bad file is listed as failed with its own reason, and the good photos behind it are processed',
  async () => {
    const eventId = await client.createEvent()
    const bad = await makeBadFiles()
    const odd = await makeOddFiles()
    const good = await Promise.all(
      bad.map(async (_, i) => [`good-${i}.jpg`, await drawPhoto(i)] as const),
    )
    const sent = [...bad.flatMap(([name, bytes], i) => [[name, bytes] as const, good[i]!]), ...odd]
    const taken = await client.upload(eventId, sent)
    expect(taken.map(({ file_name }) => file_name)).toEqual(sent.map(([name]) => name))
    for (const { status, error, image_id, file_name } of taken) {
      if (status === 'rejected')
        expect({ error, image_id }).toEqual({ error: expect.any(String), image_id: null })
      else expect(error, file_name).toBeNull()
    }

    const { photos } = await client.waitIdle(eventId)
    expect(photos).toEqual({
      total: sent.length,
      done: good.length + odd.length,
      failed: bad.length,
    })
    const listed = new Map(
      (await client.listPhotos(eventId)).map((photo) => [photo.file_name, photo]),
    )
    for (const [name, , code, told] of bad)
      expect(listed.get(name), name).toMatchObject({
        status: 'failed',
        error_code: code,
        error: expect.stringMatching(told),
      })
    for (const [name] of [...good, ...odd])
      expect(listed.get(name), name).toMatchObject({
        status: 'done',
        error: null,
        error_code: null,
      })
    const images = await client.listImages(eventId)
    expect(images).toHaveLength(good.length + odd.length)
    for (const { img_url, thumbnail_url } of images)
      for (const url of [img_url, thumbnail_url]) expect((await fetch(url)).status).toBe(200)
  },
  LIMIT,
)

test(
  'Impossible camera clocks give photos without a time, listed last, with a note; plausible ones are believed',
  async () => {
    const eventId = await client.createEvent({ timezone: 'Europe/Berlin' })
    await client.upload(eventId, [
      ['zero.jpg', await drawPhotoAt(1, '0000:00:00 00:00:00')],
      ['month13.jpg', await drawPhotoAt(2, '2025:13:40 25:61:00')],
      ['future.jpg', await drawPhotoAt(3, '2099:01:01 12:00:00')],
      ['local.jpg', await drawPhotoAt(4, '2025:06:15 09:00:00')],
      ['offset.jpg', await drawPhotoAt(5, '2025:06:15 09:00:00', '-05:00')],
      ['bad-offset.jpg', await drawPhotoAt(6, '2025:06:15 10:00:00', '+99:99')],
      ['none.jpg', await drawPhoto(7)],
    ])
    expect((await client.waitIdle(eventId)).photos.done).toBe(7)
    const listed = await client.listPhotos(eventId)
    const of = (name: string) => listed.find(({ file_name }) => file_name === name)
    for (const name of ['zero.jpg', 'month13.jpg', 'none.jpg'])
      expect(of(name), name).toMatchObject({ captured_at: null, note: expect.any(String) })
    expect(of('local.jpg')?.captured_at).toBe('2025-06-15T07:00:00.000Z')
    expect(of('offset.jpg')?.captured_at).toBe('2025-06-15T14:00:00.000Z')
    expect(of('bad-offset.jpg')?.captured_at).toBe('2025-06-15T08:00:00.000Z')
    // Nothing is photographed in 2099; a wrong century would stretch the timeline.
    expect(of('future.jpg')).toMatchObject({ captured_at: null, note: expect.any(String) })

    const images = await client.listImages(eventId)
    const times = images.map(({ captured_at }) => captured_at)
    expect(times.slice(0, 3).every((time) => time !== null)).toBe(true)
    expect(times.slice(3).every((time) => time === null)).toBe(true)
    const { days } = await client.get<{ days: { total: number }[] }>(
      `ext:/event/${eventId}/timeline/days`,
    )
    expect(days.reduce((sum, { total }) => sum + total, 0)).toBe(3)
  },
  LIMIT,
)

test(
  'A file sent again is a duplicate, under any name, and is kept once',
  async () => {
    const eventId = await client.createEvent()
    const photo = await drawPhoto(50)
    const [first] = await client.upload(eventId, [['a.jpg', photo]])
    const again = await client.upload(eventId, [
      ['a.jpg', photo],
      ['b.jpg', photo],
    ])
    for (const { status, image_id } of again)
      expect({ status, image_id }).toEqual({ status: 'duplicate', image_id: first?.image_id })
    // The same bytes at the same moment, too.
    const twins = await Promise.all(
      Array.from({ length: 6 }, async () =>
        client.upload(eventId, [['c.jpg', await drawPhoto(51)]]),
      ),
    )
    const stored = twins.flat().filter(({ status }) => status === 'stored')
    expect(stored).toHaveLength(1)
    expect(new Set(twins.flat().map(({ image_id }) => image_id)).size).toBe(1)
    expect((await client.waitIdle(eventId)).photos).toEqual({ total: 2, done: 2, failed: 0 })
  },
  LIMIT,
)

test('An upload over the limit alone is 413 and listed as failed', async () => {
  const eventId = await client.createEvent()
  const large = await drawNoise({ width: 2400, height: 1600 })
  expect(large.length).toBeGreaterThan(MAX_BYTES)
  const { status, code } = await client.call('POST', `manage:/event/${eventId}/photos`, {
    body: formOf([['large.jpg', large]]),
  })
  expect({ status, code }).toEqual({ status: 413, code: 'upload_too_large' })
  expect(await client.listPhotos(eventId)).toMatchObject([{ status: 'failed' }])
})

test(
  'An upload whose connection ends half-way leaves nothing, and the server goes on',
  async () => {
    const eventId = await client.createEvent()
    const photo = await drawPhoto(60, { width: 2000, height: 1500 })
    const { hostname, port } = new URL(system.url)
    const head = [
      `POST /api/v1/manage/1/event/${eventId}/photos HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      `X-API-Key: ${key}`,
      'Content-Type: multipart/form-data; boundary=xyz',
      `Content-Length: ${photo.length + 500}`,
      '',
      '--xyz',
      'Content-Disposition: form-data; name="file"; filename="half.jpg"',
      'Content-Type: image/jpeg',
      '',
      '',
    ].join('\r\n')
    for (const end of ['destroy', 'resetAndDestroy'] as const) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      socket.on('error', () => {})
      socket.write(head)
      socket.write(photo.subarray(0, photo.length / 2))
      await sleep(300)
      socket[end]()
    }
    await sleep(1500)
    expect(await client.listPhotos(eventId)).toEqual([])
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200)
    expect(await client.upload(eventId, [['half.jpg', photo]])).toMatchObject([
      { status: 'stored' },
    ])
    expect((await client.waitIdle(eventId)).photos).toEqual({ total: 1, done: 1, failed: 0 })
  },
  LIMIT,
)

test(
  'A resumable upload goes on where it was interrupted, and tells duplicates',
  async () => {
    const eventId = await client.createEvent()
    const photo = await drawPhoto(70, { width: 2000, height: 1500 })
    const uploadUrl = await new Promise<string>((resolve, reject) => {
      const upload: Upload = new Upload(photo, {
        ...tusOptions(eventId, 'resumed.jpg'),
        chunkSize: Math.floor(photo.length / 2),
        onChunkComplete: () => {
          void upload.abort().then(() => resolve(upload.url ?? ''))
        },
        onError: reject,
      })
      upload.start()
    })
    const half = await tus('HEAD', new URL(uploadUrl).pathname)
    expect(half.headers.get('upload-offset')).toBe(String(Math.floor(photo.length / 2)))
    expect(half.headers.get('upload-length')).toBe(String(photo.length))
    expect(await client.listPhotos(eventId)).toEqual([])

    await sendByTus(photo, { ...tusOptions(eventId, 'resumed.jpg'), uploadUrl })
    expect((await client.waitIdle(eventId)).photos).toEqual({ total: 1, done: 1, failed: 0 })
    const [listed] = await client.listPhotos(eventId)
    expect(listed).toMatchObject({ file_name: 'resumed.jpg', status: 'done' })

    await sendByTus(photo, tusOptions(eventId, 'again.jpg'))
    expect(await client.listPhotos(eventId)).toHaveLength(1)
  },
  LIMIT,
)

test(
  'A resumable upload is refused for what it is',
  async () => {
    const eventId = await client.createEvent()
    const create = (
      metadata: Record<string, string>,
      length = 100,
      own: Record<string, string> = {},
    ) =>
      tus('POST', '/api/v1/manage/1/uploads', {
        'Upload-Length': String(length),
        'Upload-Metadata': Object.entries(metadata)
          .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
          .join(','),
        ...own,
      })
    const photo = { event_id: String(eventId), filename: 'a.jpg', kind: 'photo' }
    const codes = async (answer: Response) => [answer.status, answer.headers.get('x-error-code')]

    expect(await codes(await create(photo, MAX_BYTES + 1))).toEqual([413, 'upload_too_large'])
    expect(await codes(await create({ ...photo, event_id: '999999' }))).toEqual([
      404,
      'event_not_found',
    ])
    for (const event_id of ['', 'one', '-1', '1.5', '99999999999'])
      expect(await codes(await create({ ...photo, event_id }))).toEqual([422, 'validation_failed'])
    expect(await codes(await create({ ...photo, kind: 'song' }))).toEqual([
      422,
      'validation_failed',
    ])
    expect(await codes(await create(photo, 100, { 'X-API-Key': '' }))).toEqual([
      401,
      'api_key_missing',
    ])
    expect(await codes(await create(photo, 100, { 'X-API-Key': 'x' }))).toEqual([
      403,
      'api_key_invalid',
    ])
    const foreign = await tus('POST', '/api/v1/manage/2/uploads', { 'Upload-Length': '100' })
    expect(await codes(foreign)).toEqual([403, 'wrong_organisation'])

    // Text is refused when it is complete.
    const made = await create(photo, 11)
    expect(made.status).toBe(201)
    const path = new URL(made.headers.get('location') ?? '', system.url).pathname
    const patch = (offset: number, body: string) =>
      tus(
        'PATCH',
        path,
        { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
        body,
      )
    expect((await patch(0, 'not a ')).status).toBe(204)
    expect((await patch(0, 'not a ')).status).toBe(409)
    expect(await codes(await patch(6, 'photo'))).toEqual([422, 'photo_unsupported'])
    expect(await client.listPhotos(eventId)).toMatchObject([
      { status: 'failed', error_code: 'photo_unsupported' },
    ])

    // Termination.
    const other = await create(photo)
    const otherPath = new URL(other.headers.get('location') ?? '', system.url).pathname
    expect((await tus('DELETE', otherPath)).status).toBe(204)
    expect([404, 410]).toContain((await tus('HEAD', otherPath)).status)
    const unknown = `/api/v1/manage/1/uploads/1-${crypto.randomUUID()}`
    expect((await tus('HEAD', unknown)).status).toBe(404)
    expect((await tus('HEAD', '/api/v1/manage/1/uploads/..%2f..%2fetc')).status).toBe(404)
  },
  LIMIT,
)

test(
  'A selfie that is empty, no picture or without a face is refused, each with its own code',
  async () => {
    const eventId = await client.createEvent()
    const grey = await draw(80).greyscale().jpeg().toBuffer()
    for (const [bytes, status, code] of [
      [Buffer.alloc(0), 400, 'selfie_empty'],
      [Buffer.from('no picture'), 400, 'selfie_not_a_picture'],
      [(await drawPhoto(81)).subarray(0, 400), 400, 'selfie_not_a_picture'],
      [makeHugePng(30_000), 400, 'selfie_not_a_picture'],
      [grey, 400, 'selfie_without_face'],
      [Buffer.alloc(15 * 2 ** 20 + 1, 1), 413, 'upload_too_large'],
    ] as const) {
      const path = `ext:/event/${eventId}/faces`
      const answer = await client.call('POST', path, { body: formOf([['me.jpg', bytes]]) })
      expect([answer.status, answer.code], answer.message).toEqual([status, code])
    }
  },
  LIMIT,
)

test('Nothing of all this was a server error to the server either, and nothing is left to do', () =>
  expectUnharmed(system))

const tusOptions = (eventId: number, filename: string) => ({
  endpoint: `${system.url}/api/v1/manage/1/uploads`,
  headers: { 'X-API-Key': key },
  metadata: { event_id: String(eventId), filename, kind: 'photo' },
  retryDelays: null,
})

const sendByTus = (bytes: Buffer, options: ConstructorParameters<typeof Upload>[1]) =>
  new Promise<void>((resolve, reject) => {
    new Upload(bytes, { ...options, onSuccess: () => resolve(), onError: reject }).start()
  })

const tus = (
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | null = null,
) =>
  fetch(system.url + path, {
    method,
    headers: { 'Tus-Resumable': '1.0.0', 'X-API-Key': key, ...headers },
    body,
    signal: AbortSignal.timeout(60_000),
  })
