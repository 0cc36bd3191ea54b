import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRemoteDestination } from './remote-destination.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

let folder: string
let server: Server
let url: string
/** Answers the uploads in turn; the question which hashes are known is always answered. */
let uploads: Handler[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remote-'))
  uploads = []
  server = createServer((request, response) =>
    request.url?.endsWith('/known')
      ? answer(response, 200, { known: [] })
      : uploads.shift()?.(request, response),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

test('a photo is sent as a form with its name, whatever characters that has', async () => {
  let sent = ''
  uploads = [
    async (request, response) => {
      expect(request.url).toBe('/api/v1/manage/3/event/7/photos')
      expect(request.headers['x-api-key']).toBe('key')
      sent = await text(request)
      answer(response, 200, { photos: [{ status: 'stored', error: null }] })
    },
  ]
  expect(await (await open()).send(await photo('zieleinlauf "ü".jpg'))).toEqual({
    status: 'stored',
  })
  expect(sent).toContain('name="file"; filename="zieleinlauf %22ü%22.jpg"')
  expect(sent).toContain('\r\n\r\npixels\r\n--')
})

test('a server that is too busy is asked again when it says', async () => {
  const notes: string[] = []
  uploads = [
    (_request, response) => response.writeHead(429, { 'retry-after': '2' }).end(),
    (_request, response) => answer(response, 200, { photos: [{ status: 'duplicate' }] }),
  ]
  const begun = performance.now()
  const destination = await open({ note: (line) => notes.push(line) })
  expect(await destination.send(await photo('a.jpg'))).toEqual({ status: 'duplicate' })
  expect(performance.now() - begun).toBeGreaterThan(1900)
  expect(notes).toEqual([`${url.slice(0, -1)}: too many requests; trying again in 2 s`])
})

test('a connection that breaks is tried again', async () => {
  uploads = [
    (request) => request.socket.destroy(),
    (_request, response) =>
      answer(response, 200, { photos: [{ status: 'rejected', error: 'A GIF' }] }),
  ]
  const outcome = await (await open()).send(await photo('a.jpg'))
  expect(outcome).toEqual({ status: 'rejected', reason: 'A GIF' })
})

test('a file over the limit is refused, a key that is deleted meanwhile ends the import', async () => {
  uploads = [
    (_request, response) => answer(response, 413, null, 'larger than 150 MB'),
    (_request, response) => answer(response, 403, null, 'This API key is deactivated.'),
  ]
  const destination = await open()
  const refused = { status: 'rejected', reason: 'larger than 150 MB' }
  expect(await destination.send(await photo('a.jpg'))).toEqual(refused)
  await expect(destination.send(await photo('b.jpg'))).rejects.toThrow(
    'This API key is deactivated.',
  )
})

test('a file that is gone is refused with the reason and not tried again', async () => {
  uploads = [(request) => request.resume()]
  const file = {
    kind: 'photo' as const,
    path: path.join(folder, 'gone.jpg'),
    bytes: 6,
    modifiedMs: 0,
  }
  const refused = { status: 'rejected', reason: 'it does not exist' }
  expect(await (await open()).send(file)).toEqual(refused)
})

test('Ctrl-C ends the wait for a server that does not answer', async () => {
  const stopping = new AbortController()
  uploads = [(request) => request.socket.destroy()]
  const destination = await open({ note: () => stopping.abort(), signal: stopping.signal })
  await expect(destination.send(await photo('a.jpg'))).rejects.toThrow('aborted')
})

const open = ({ note = (_line: string) => {}, signal = new AbortController().signal } = {}) =>
  openRemoteDestination({ url, key: 'key', orgId: 3, eventId: 7 }, { note, signal })

async function photo(name: string) {
  const file = path.join(folder, name)
  await writeFile(file, 'pixels')
  return { kind: 'photo' as const, path: file, bytes: 6, modifiedMs: 0 }
}

const answer = (response: ServerResponse, status: number, data: unknown, message = '') =>
  response.writeHead(status).end(JSON.stringify({ responseType: 'success', message, data }))
