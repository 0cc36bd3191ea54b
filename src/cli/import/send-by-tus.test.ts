import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addEvent, MANAGE, startSystem } from '../../../test/test-deps.ts'
import { openRemoteDestination } from './remote-destination.ts'

/** An MP4's first bytes, then what nobody looks at before the probe. */
const BYTES = 3_000_000
const video = Buffer.alloc(BYTES, 'trackside')
video.set(Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1'))

const system = await startSystem()
let folder: string
let proxy: Server
/** After so many bytes of a connection the network fails, once for each entry. */
let cuts: number[] = []
let sentBytes = 0

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tus-'))
  await system.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = system.app.server.address() as AddressInfo
  proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    let passed = 0
    client.on('data', (chunk) => {
      passed += chunk.length
      sentBytes += chunk.length
      if (passed < (cuts[0] ?? Number.POSITIVE_INFINITY)) return server.write(chunk)
      cuts.shift()
      client.destroy()
      return server.destroy()
    })
    server.pipe(client)
    for (const socket of [client, server]) {
      socket.on('error', () => {}) // what the test is about
      socket.on('close', () => [client, server].map((one) => one.destroy()))
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})

afterAll(async () => {
  proxy.close()
  await rm(folder, { recursive: true, force: true })
})

test('a video whose connection breaks goes on where it was, and is recognised the second time', async () => {
  const eventId = await addEvent(system)
  const file = path.join(folder, 'zieleinlauf "ü"; touch x.mp4')
  await writeFile(file, video)
  const notes: string[] = []
  const { port } = proxy.address() as AddressInfo
  const destination = await openRemoteDestination(
    { url: `http://127.0.0.1:${port}`, key: system.key, orgId: 1, eventId },
    { note: (line) => notes.push(line), signal: new AbortController().signal },
  )
  sentBytes = 0
  cuts = [2_000_000]
  const found = { kind: 'video' as const, path: file, bytes: BYTES, modifiedMs: 0 }
  expect(await destination.send(found)).toEqual({ status: 'stored' })
  expect(notes).toHaveLength(1)
  expect(cuts).toEqual([])
  expect(sentBytes).toBeLessThan(1.5 * BYTES) // from the beginning it would be more

  const { videos } = await system.ok('GET', `${MANAGE}/event/${eventId}/videos`)
  expect(videos).toMatchObject([{ file_name: 'zieleinlauf "ü"; touch x.mp4', bytes: BYTES }])
  expect(await destination.send(found)).toEqual({ status: 'duplicate' })
})

test('a file that is no video is refused with the words of the server', async () => {
  const file = path.join(folder, 'playlist.mp4')
  await writeFile(file, '#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n')
  const eventId = await addEvent(system)
  const { port } = proxy.address() as AddressInfo
  const destination = await openRemoteDestination(
    { url: `http://127.0.0.1:${port}`, key: system.key, orgId: 1, eventId },
    { note: () => {}, signal: new AbortController().signal },
  )
  const found = { kind: 'video' as const, path: file, bytes: 39, modifiedMs: 0 }
  expect(await destination.send(found)).toMatchObject({
    status: 'rejected',
    reason: expect.stringContaining('not a video'),
  })
})
