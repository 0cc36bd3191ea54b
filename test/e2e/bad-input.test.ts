import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient } from './client.ts'
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
    body: formOf('large.jpg', large),
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

test('A key that is missing, unknown or of another organisation is refused, each with its code', async () => {
  const eventId = await client.createEvent()
  for (const path of [
    'ext:/events',
    `ext:/event/${eventId}/images`,
    `ext:/event/${eventId}/bibs/1`,
    'manage:/keys',
    `manage:/event/${eventId}/photos`,
  ]) {
    const codes = await Promise.all(
      [null, 'unknown', `${key}x`, key.slice(0, -1)].map(async (key) => {
        const { status, code } = await client.call('GET', path, { key })
        return [status, code]
      }),
    )
    expect(codes).toEqual([
      [401, 'api_key_missing'],
      [403, 'api_key_invalid'],
      [403, 'api_key_invalid'],
      [403, 'api_key_invalid'],
    ])
    const foreign = await client.call('GET', path.replace(/^(ext|manage):/, '/api/v1/$1/2'))
    expect([foreign.status, foreign.code]).toEqual([403, 'wrong_organisation'])
  }
})

const ODD_IDS = [
  '0',
  '-1',
  '1.5',
  'one',
  '1e3',
  '99999999999',
  '9'.repeat(400),
  '%00',
  '%20',
  "1'--",
]

test('Odd organisation and event ids are refused', async () => {
  const wrong: string[] = []
  for (const id of ODD_IDS) {
    for (const path of [
      `ext:/event/${id}/details`,
      `ext:/event/${id}/images`,
      `manage:/event/${id}/photos`,
      `/api/v1/ext/${id}/events`,
    ]) {
      const { status, code } = await attempt('GET', path)
      if (![403, 404, 422].includes(status)) wrong.push(`${path.slice(0, 60)}: ${status} ${code}`)
      if (id === 'one') expect(code, path).toBe('validation_failed')
    }
  }
  expect(wrong).toEqual([])
  expect(await client.call('GET', 'ext:/event/999999/details')).toMatchObject({
    status: 404,
    code: 'event_not_found',
  })
})

test('A key reaches no other organisation, however its number is written', async () => {
  const wrong: string[] = []
  for (const org of ['2', '02', '2.0', '2e0', '0x2', '0b10', '+2', '%202', '2%20', '0000000002']) {
    for (const [method, path, json] of [
      ['GET', `/api/v1/ext/${org}/events`, undefined],
      ['GET', `/api/v1/manage/${org}/keys`, undefined],
      ['POST', `/api/v1/manage/${org}/keys`, { name: 'stolen', scopes: ['manage'] }],
      ['POST', `/api/v1/manage/${org}/events`, { event_name: 'planted' }],
    ] as const) {
      const { status, code } = await client.call(method, path, { json })
      if (![403, 404, 422].includes(status)) wrong.push(`${method} ${path}: ${status} ${code}`)
    }
  }
  expect(wrong).toEqual([])
})

test('Odd bibs find nothing; odd request and image ids are refused', async () => {
  const eventId = await client.createEvent()
  const wrong: string[] = []
  const odd = [
    '%00',
    '1%002',
    '%E2%82%AC',
    '..',
    '%2e%2e%2f',
    '%',
    '%FF',
    "1';drop",
    '%F0%9F%8F%83',
    '*',
    '%25',
  ]
  for (const bib of [...odd, '9'.repeat(64), '9'.repeat(65), '9'.repeat(290), '9'.repeat(5000)]) {
    const { status, code } = await attempt('GET', `ext:/event/${eventId}/bibs/${bib}`)
    if (![200, 400, 404, 414, 422].includes(status))
      wrong.push(`bib ${bib.slice(0, 60)}: ${status} ${code}`)
  }
  for (const id of ['x', '%00', '-1', '1', '%', 'null', '9'.repeat(5000)]) {
    for (const [method, path] of [
      ['GET', `ext:/event/${eventId}/faces/${id}`],
      ['DELETE', `manage:/event/${eventId}/photos/${id}`],
      ['DELETE', `manage:/keys/${id}`],
      ['GET', `/imgs/${eventId}/large/${id}.jpg`],
      ['GET', `/imgs/${id}/large/${crypto.randomUUID()}.jpg`],
      ['GET', `/objects/${id}`],
      ['GET', `ext:/event/${eventId}/video-clipping/${id}`],
    ] as const) {
      const { status, code } = await attempt(method, path)
      if (![400, 403, 404, 414, 422].includes(status))
        wrong.push(`${method} ${path.slice(0, 80)}: ${status} ${code}`)
    }
  }
  expect(wrong).toEqual([])
  expect(await client.call('GET', `ext:/event/${eventId}/faces/x`)).toMatchObject({
    status: 400,
    code: 'invalid_request_id',
  })
  expect(
    await client.call('GET', `ext:/event/${eventId}/faces/${crypto.randomUUID()}`),
  ).toMatchObject({ status: 404, code: 'request_not_found' })
})

test('Odd pages and windows are refused by the schema', async () => {
  const eventId = await client.createEvent()
  const base = `ext:/event/${eventId}`
  for (const query of [
    'page=0',
    'page=-1',
    'page=1.5',
    'page=x',
    'page=99999999999999999999',
    'page=1&page=2',
    'page_size=0',
    'page_size=101',
    'page_size=-5',
    'page_size=1e9',
  ]) {
    const { status, code, message } = await client.call('GET', `${base}/images?${query}`)
    expect([status, code], query).toEqual([422, 'validation_failed'])
    expect(message).toMatch(/^querystring\.page(_size)?: /)
  }
  for (const query of [
    '',
    'from=1',
    'from=2&to=1',
    'from=1&to=1',
    'from=-1&to=5',
    'from=1&to=9e99',
  ])
    expect((await client.call('GET', `${base}/timeline/images?${query}`)).code, query).toBe(
      'validation_failed',
    )
  const far = await client.get<{ images: []; pagination: object }>(`${base}/images?page=2147483647`)
  expect(far.images).toEqual([])
})

test('Odd bodies and content types are refused, none with a server error', async () => {
  const eventId = await client.createEvent()
  const wrong: string[] = []
  const originals = `ext:/event/${eventId}/original-photos`
  const json = (body: string) => ({ body, type: 'application/json' })
  for (const [method, path, request] of [
    ['POST', originals, json('{')],
    ['POST', originals, json('')],
    ['POST', originals, json('null')],
    ['POST', originals, json('[]')],
    ['POST', originals, json('"x"')],
    ['POST', originals, json('{"method":"bib"}')],
    ['POST', originals, json('{"method":"name","identifier":"x"}')],
    ['POST', originals, json('{"method":"bib","identifier":7}')],
    ['POST', originals, json('{"method":"image_ids","identifier":[]}')],
    ['POST', originals, json('{"method":"image_ids","identifier":["x"]}')],
    ['POST', originals, json('{"method":"image_id","identifier":"\\u0000"}')],
    ['POST', originals, json('{"method":"selfie","identifier":"\\u0000"}')],
    ['POST', originals, json('{"__proto__":{"method":"bib"},"identifier":"x"}')],
    ['POST', originals, { body: 'method=bib', type: 'application/x-www-form-urlencoded' }],
    ['POST', originals, { body: 'x', type: 'no/such;type' }],
    ['POST', originals, {}],
    ['POST', 'manage:/events', json('{}')],
    ['POST', 'manage:/events', json('{"event_name":""}')],
    ['POST', 'manage:/events', json('{"event_name":"a","timezone":"Mars/Base"}')],
    ['POST', 'manage:/events', json('{"event_name":"a","event_date":"2026-02-30T06:00:00"}')],
    ['POST', 'manage:/events', json('{"event_name":"a","event_date":"yesterday"}')],
    ['POST', 'manage:/events', json('{"event_name":"a","confidence_percentage":1000}')],
    ['POST', 'manage:/events', json('{"event_name":"a","bib_search":"yes"}')],
    ['POST', 'manage:/events', json('{"event_name":"a","colour":"red"}')],
    ['POST', 'manage:/events', json(`{"event_name":"${'a'.repeat(3000)}"}`)],
    ['POST', 'manage:/events', json(`{"event_name":"${'a'.repeat(2 ** 21)}"}`)],
    ['PATCH', `manage:/event/${eventId}`, json('{"event_name":null}')],
    ['POST', 'manage:/keys', json('{"name":"x","scopes":["root"]}')],
    ['POST', 'manage:/keys', json('{"name":"x","scopes":[]}')],
    ['POST', `manage:/event/${eventId}/photos`, json('{}')],
    ['POST', `manage:/event/${eventId}/photos`, { body: new FormData() }],
    ['POST', `manage:/event/${eventId}/photos`, { body: 'x', type: 'multipart/form-data' }],
    [
      'POST',
      `manage:/event/${eventId}/photos`,
      { body: '--a\r\nx', type: 'multipart/form-data; boundary=a' },
    ],
    ['PUT', `manage:/event/${eventId}/start-list`, json('{}')],
    ['PUT', `manage:/event/${eventId}/start-list`, { body: '', type: 'text/csv' }],
    ['PUT', `manage:/event/${eventId}/start-list`, { body: Buffer.alloc(5000), type: 'text/csv' }],
    ['PUT', `manage:/event/${eventId}/watermark`, { body: '', type: 'image/png' }],
    ['PUT', `manage:/event/${eventId}/watermark`, { body: Buffer.alloc(50), type: 'image/png' }],
    ['PUT', `manage:/event/${eventId}/watermark`, { body: makeHugePng(30_000), type: 'image/png' }],
    [
      'PUT',
      `manage:/event/${eventId}/watermark?orientation=up`,
      { body: '<svg/>', type: 'image/svg+xml' },
    ],
    ['POST', `ext:/event/${eventId}/faces`, json('{}')],
    ['POST', `ext:/event/${eventId}/faces`, { body: new FormData() }],
    ['POST', `ext:/event/${eventId}/faces`, { body: 'x', type: 'multipart/form-data' }],
    ['POST', `ext:/event/${eventId}/faces?request_id=%00`, { body: new FormData() }],
    ['GET', '/no/such/route', {}],
    ['GET', '/api/v1/ext/1/event', {}],
    ['PUT', 'ext:/events', {}],
    ['GET', `/${'a'.repeat(8000)}`, {}],
  ] as const) {
    const what = `${method} ${path.slice(0, 60)} ${JSON.stringify(request).slice(0, 80)}`
    const { status, code, data, headers } = await client.call(method, path, request)
    if (![400, 404, 405, 413, 414, 415, 422].includes(status))
      wrong.push(`${what}: ${status} ${code}`)
    else expect(code, what).toMatch(/^[a-z_]+$/)
    if (status !== 200) expect(data, what).toBeNull()
    expect(headers.get('x-request-id'), what).toBeTruthy()
  }
  expect(wrong).toEqual([])
  expect((await fetch(`${system.url}/readyz`)).status).toBe(200)
})

test('NUL and other odd characters in texts that are stored are refused or kept, never a server error', async () => {
  const wrong: string[] = []
  const eventId = await client.createEvent()
  for (const [method, path, request] of [
    ['POST', 'manage:/events', { json: { event_name: 'a\u0000b' } }],
    ['POST', 'manage:/events', { json: { event_name: 'Lauf 🏃 “2026” <b>&amp;' } }],
    ['POST', 'manage:/events', { json: { event_name: 'lone \ud800 surrogate' } }],
    ['PATCH', `manage:/event/${eventId}`, { json: { event_name: '\u0000' } }],
    ['POST', 'manage:/events', { json: { event_name: 'a', timezone: 'UTC\u0000' } }],
    ['POST', 'manage:/keys', { json: { name: 'a\u0000b', scopes: ['read'] } }],
    [
      'PUT',
      `manage:/event/${eventId}/start-list`,
      { body: 'bib,name\n1,a\u0000b\n', type: 'text/csv' },
    ],
    [
      'POST',
      `manage:/event/${eventId}/photos`,
      { body: formOf('a\u0000b%00.jpg', Buffer.from('x')) },
    ],
    [
      'POST',
      `ext:/event/${eventId}/original-photos`,
      { json: { method: 'bib', identifier: '\u0000' } },
    ],
  ] as const) {
    const { status, code } = await client.call(method, path, request)
    if (![200, 400, 422].includes(status))
      wrong.push(`${method} ${path} ${JSON.stringify(request).slice(0, 80)}: ${status} ${code}`)
  }
  expect(wrong).toEqual([])
})

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
      const answer = await client.call('POST', path, { body: formOf('me.jpg', bytes) })
      expect([answer.status, answer.code], answer.message).toEqual([status, code])
    }
  },
  LIMIT,
)

test('Nothing of all this was a server error to the server either, and nothing is left to do', async () => {
  expect(system.stderr()).not.toMatch(/"level":(50|60)/)
  const metrics = await (await fetch(`${system.url}/metrics`)).text()
  expect(metrics).not.toMatch(/trackside_request_duration_seconds_count\{[^}]*status="500"/)
  const depths = [...metrics.matchAll(/^trackside_queue_depth\{.*\} (\d+)$/gm)]
  expect(depths.length).toBeGreaterThan(0)
  expect(depths.map(([, depth]) => Number(depth)).reduce((a, b) => a + b)).toBe(0)
})

/** As `call`, but an answer that is no envelope has the status 0. */
const attempt = (method: string, path: string) =>
  client.call(method, path).then(
    ({ status, code }) => ({ status, code }),
    (error: Error) => ({ status: 0, code: error.message.slice(-200) }),
  )

function formOf(name: string, bytes: Uint8Array): FormData {
  const form = new FormData()
  form.append('file', new Blob([Uint8Array.from(bytes)]), name)
  return form
}

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
