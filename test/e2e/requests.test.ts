import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient, formOf } from './client.ts'
import { expectUnharmed } from './expect-unharmed.ts'
import { makeHugePng } from './pictures.ts'
import { makeFolder, removeFolder, type System, startSystem } from './system.ts'

const LIMIT = 240_000

let folder: string
let system: System
let client: Client
let key: string

beforeAll(async () => {
  folder = await makeFolder()
  system = await startSystem(join(folder, 'data'))
  client = createClient(system)
  key = system.key ?? ''
}, LIMIT)

afterAll(async () => {
  await system?.stop()
  await removeFolder(folder)
}, LIMIT)

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
      { body: formOf([['a\u0000b%00.jpg', Buffer.from('x')]]) },
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

test('A key is shown once, masked in lists, deactivated, reactivated and deleted at once', async () => {
  type Key = { key_id: string; key: string; name: string; scopes: string[]; active: boolean }
  const json = { name: 'reader', scopes: ['read'] }
  const made = await client.ask<Key>('POST', 'manage:/keys', { json })
  const path = `manage:/keys/${made.key_id}`
  const useIt = async () => {
    const { status, code } = await client.call('GET', 'ext:/events', { key: made.key })
    return code ?? status
  }
  expect(await useIt()).toBe(200)
  const { code } = await client.call('GET', 'manage:/keys', { key: made.key })
  expect(code).toBe('scope_missing')
  const { keys } = await client.get<{ keys: Key[] }>('manage:/keys')
  const listed = keys.find(({ key_id }) => key_id === made.key_id)
  expect(listed).toMatchObject({ key: `${made.key.slice(0, 5)}***`, name: 'reader', active: true })
  expect(JSON.stringify(keys)).not.toContain(made.key.slice(0, 8))

  await client.ask('PATCH', path, { json: { active: false } })
  expect(await useIt()).toBe('api_key_inactive')
  await client.ask('PATCH', path, { json: { active: true } })
  expect(await useIt()).toBe(200)
  await client.ask('DELETE', path)
  expect(await useIt()).toBe('api_key_invalid')
  expect(await client.call('DELETE', path)).toMatchObject({ status: 404, code: 'key_not_found' })

  // Last of all that makes keys: after it the organisation has as many as it may.
  for (let i = keys.length - 1; i < 10; i++) await client.ask('POST', 'manage:/keys', { json })
  const eleventh = await client.call('POST', 'manage:/keys', { json })
  expect(eleventh.code).toBe('key_limit_reached')
})

test('The OpenAPI document is 3.1, names every operation once, and can be browsed', async () => {
  const document = (await (await fetch(`${client.url}/openapi.json`)).json()) as {
    openapi: string
    paths: Record<string, Record<string, { operationId?: string }>>
  }
  expect(document.openapi).toMatch(/^3\.1\./)
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  const ids = operations.map(({ operationId }) => operationId)
  expect(ids.length).toBeGreaterThan(25)
  expect(ids).not.toContain(undefined)
  expect(new Set(ids).size).toBe(ids.length)
  const docs = await fetch(`${client.url}/docs`)
  expect(docs.status).toBe(200)
  expect(docs.headers.get('content-type')).toContain('text/html')
})

test('Nothing of all this was a server error to the server either, and nothing is left to do', () =>
  expectUnharmed(system))

/** As `call`, but an answer that is no envelope has the status 0. */
const attempt = (method: string, path: string) =>
  client.call(method, path).then(
    ({ status, code }) => ({ status, code }),
    (error: Error) => ({ status: 0, code: error.message.slice(-200) }),
  )
