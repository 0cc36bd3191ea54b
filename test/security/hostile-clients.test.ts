import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer, type Server } from '../../src/http/server.ts'
import { slowClientsPlugin } from '../../src/http/slow-clients.ts'
import { addEvent, EXT, jpeg, MANAGE, startSystem } from '../test-deps.ts'

const system = await startSystem({}, { publicUrl: 'https://photos.example.org' })
const { app, call, key } = system
let eventId: number
let port: number
/** A server with little patience, for tests that have little time. */
let hasty: Server
let hastyPort: number

const portOf = (server: Server) => (server.addresses()[0] as { port: number }).port

beforeAll(async () => {
  eventId = await addEvent(system)
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = portOf(app)
  hasty = createServer(pino({ level: 'silent' }), { headersMs: 400 })
  await hasty.register(slowClientsPlugin({ everyMs: 300, leastBytes: 1000 }))
  hasty.post('/take', async ({ body }) => ({ body }))
  await hasty.listen({ port: 0, host: '127.0.0.1' })
  hastyPort = portOf(hasty)
})
afterAll(() => hasty.close())

/** Sends pieces with pauses between them; what came back until the server hung up, or `waitMs` were over. */
async function send(
  to: number,
  pieces: readonly (string | Buffer)[],
  { pauseMs = 0, waitMs = 30_000 } = {},
): Promise<{ text: string; hasHungUp: boolean }> {
  const socket: Socket = connect(to, '127.0.0.1')
  let text = ''
  let hasHungUp = false
  socket.on('data', (data) => {
    text += data
  })
  const closed = new Promise<void>((resolve) =>
    socket.on('close', () => {
      hasHungUp = true
      resolve()
    }),
  )
  socket.on('error', () => {})
  const writing = async () => {
    for (const piece of pieces) {
      if (socket.destroyed) return
      socket.write(piece)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  void writing()
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, waitMs))])
  socket.destroy()
  return { text, hasHungUp }
}

test('headers that are too large are refused, and the connection ends', async () => {
  const head = `GET ${EXT}/event/${eventId}/details HTTP/1.1\r\nHost: x\r\n`
  const large = await send(port, [`${head}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`])
  expect(large.text).toMatch(/^HTTP\/1\.1 431 /)
  expect(large.hasHungUp).toBe(true)
  const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: 1\r\n`).join('')
  expect((await send(port, [`${head}${many}\r\n`])).text).toMatch(/^HTTP\/1\.1 431 /)
})

test.each([
  ['a header with a line end in it', 'X-A: b\rX-Admin: 1\r\n'],
  ['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n'],
  ['a length and chunks', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
  ['no host', ''],
])('a request with %s is refused', async (name, line) => {
  const host = name === 'no host' ? '' : 'Host: x\r\n'
  const { text } = await send(port, [`POST ${MANAGE}/events HTTP/1.1\r\n${host}${line}\r\nabc`])
  expect(text).toMatch(/^HTTP\/1\.1 400 /)
})

test('who sends headers drop by drop is hung up on', async () => {
  const drops = [...'POST /take HTTP/1.1\r\nHost: x\r\nX-Slow: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']
  const { hasHungUp, text } = await send(hastyPort, drops, { pauseMs: 100 })
  expect(hasHungUp).toBe(true)
  expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/)
})

test('who sends a body drop by drop is hung up on; a slow line is not', async () => {
  const head = 'POST /take HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  const drops = [`${head}Content-Length: 100\r\n\r\n`, ...Array.from({ length: 100 }, () => '1')]
  const { hasHungUp, text } = await send(hastyPort, drops, { pauseMs: 50 })
  expect([hasHungUp, text]).toEqual([true, ''])
  const parts = Array.from({ length: 10 }, () => `"${'x'.repeat(998)}"`)
  const body = `[${parts.join()}]`
  const steady = [
    `${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    ...(body.match(/.{1,1000}/gs) ?? []),
  ]
  expect((await send(hastyPort, steady, { pauseMs: 100 })).text).toMatch(/^HTTP\/1\.1 200 /)
})

test('a form of hundreds of parts, or with large fields, is refused and not kept', async () => {
  const part = (name: string, value: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  // The limits end the first; the others are read with their long parts cut off, and then lack a file.
  const bodies: [body: string, statuses: number[]][] = [
    [Array.from({ length: 500 }, (_, i) => part(`f${i}`, '1')).join(''), [413]],
    [part('large', 'x'.repeat(900_000)).repeat(20), [400, 422]],
    [part('n'.repeat(100_000), '1'), [400, 422]],
    [`--x\r\n${'X-Header: 1\r\n'.repeat(50_000)}\r\n1\r\n`, [400, 422]],
  ]
  for (const path of [
    `${MANAGE}/event/${eventId}/photos`,
    `${MANAGE}/event/${eventId}/hidings/by-selfie`,
    `${EXT}/event/${eventId}/faces`,
  ])
    for (const [body, statuses] of bodies) {
      const answer = await call('POST', path, {
        type: 'multipart/form-data; boundary=x',
        body: Buffer.from(`${body}--x--\r\n`),
      })
      expect(answer.status, path).toBeOneOf(statuses)
      expect(answer.body.data).toBeNull()
    }
})

test('every answer says what browsers must not do with it', async () => {
  const { images } = await system.ok('GET', `${EXT}/event/${eventId}/images`)
  expect(images).toEqual([])
  for (const path of [
    '/healthz',
    '/nowhere',
    `${EXT}/events`,
    '/openapi.json',
    '/console',
    '/e/x',
  ]) {
    const { headers } = await call('GET', path)
    expect([path, headers]).toEqual([
      path,
      expect.objectContaining({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'strict-transport-security': 'max-age=31536000',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      }),
    ])
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
  }
  expect((await call('GET', `${EXT}/events`)).headers['cache-control']).toBe('private, no-store')
})

test('who forwards a request is not believed unless named', async () => {
  const ask = (server: Server) =>
    server.inject({
      url: '/whoami',
      remoteAddress: '10.1.2.3',
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    })
  const answers = []
  for (const trustedProxies of [[], ['10.0.0.0/8'], ['192.0.2.1']]) {
    const server = createServer(pino({ level: 'silent' }), { trustedProxies })
    server.get('/whoami', async ({ ip, protocol }) => ({ ip, protocol }))
    answers.push((await ask(server)).json())
    await server.close()
  }
  expect(answers).toEqual([
    { ip: '10.1.2.3', protocol: 'http' },
    { ip: '203.0.113.9', protocol: 'https' },
    { ip: '10.1.2.3', protocol: 'http' },
  ])
})

test('an upload goes on while it brings something', async () => {
  const photo = await jpeg()
  const head = Buffer.from(
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n',
  )
  const body = Buffer.concat([head, photo, Buffer.from('\r\n--x--\r\n')])
  const start = `POST ${MANAGE}/event/${eventId}/photos HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
  const half = Math.floor(body.length / 2)
  const pieces = [start, body.subarray(0, half), body.subarray(half)]
  const { text } = await send(port, pieces, { pauseMs: 300 })
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
  expect(text).toContain('"stored"')
})
