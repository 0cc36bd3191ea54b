import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createDiskStore } from '../storage/disk-store.ts'
import { sendObject } from './send-object.ts'
import { createServer } from './server.ts'

const OBJECTS = 40
const BYTES = 400_000

const directory = await mkdtemp(path.join(tmpdir(), 'send-object-'))
const store = createDiskStore({ directory, signingSecret: 'secret' })
const bodies = Array.from({ length: OBJECTS }, () => randomBytes(BYTES))
for (const [n, body] of bodies.entries()) await store.put(`${n}`, body)

const server = createServer(pino({ level: 'silent' }))
server.get('/:key', async (request, reply) => {
  const { key } = request.params as { key: string }
  const headers = { contentType: 'image/jpeg', cacheControl: 'no-cache' }
  if (!(await sendObject({ request, reply, store }, key, headers))) reply.code(404).send('')
  return reply
})
await server.listen({ host: '127.0.0.1', port: 0 })
const { port } = server.server.address() as AddressInfo

afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

const fetchBytes = async (n: number) =>
  Buffer.from(await (await fetch(`http://127.0.0.1:${port}/${n}`)).arrayBuffer())

/** Asks for objects one behind the other on one connection, and reads nothing yet. */
async function askFor(numbers: readonly number[]) {
  const socket = connect(port, '127.0.0.1').pause()
  await once(socket, 'connect')
  const asks = numbers.map((n, i) => {
    const end = i === numbers.length - 1 ? 'connection: close\r\n' : ''
    return `GET /${n} HTTP/1.1\r\nhost: here\r\n${end}\r\n`
  })
  socket.write(asks.join(''))
  return socket
}

test('a client that reads late gets the bytes it asked for, whatever others were sent meanwhile', async () => {
  const numbers = bodies.map((_, n) => n)
  const late = await askFor(numbers)
  const gone = await askFor(numbers)
  for (const n of numbers) expect((await fetchBytes(n)).equals(bodies[n]!)).toBe(true)
  gone.destroy()
  for (const n of numbers) expect((await fetchBytes(n)).equals(bodies[n]!)).toBe(true)

  const chunks: Buffer[] = []
  for await (const chunk of late) chunks.push(chunk)
  const answer = Buffer.concat(chunks)
  let at = 0
  for (const body of bodies) {
    at = answer.indexOf('\r\n\r\n', at) + 4
    expect(answer.subarray(at, at + BYTES).equals(body)).toBe(true)
    at += BYTES
  }
  expect(at).toBe(answer.length)
})
