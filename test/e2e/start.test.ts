import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { drawPhoto } from './pictures.ts'
import { findSystem, killAll, type Process, waitUntilGone } from './processes.ts'
import {
  environmentOf,
  findFreePort,
  makeFolder,
  removeFolder,
  type System,
  start,
  startSystem,
  startUp,
  trackside,
  within,
} from './system.ts'

/** Generous for a busy machine; an idle one takes 5 s for a start and 1 s for a stop. */
const LIMIT = 240_000
const STOP_MS = 60_000
/** A stop takes 1 s; workers that do not hear of it are killed after 30 s, which no test may need. */
const ORDERLY_MS = 25_000

let dataDir: string
let key: string
/** What a test has started; ended after it whatever happens. */
let running: System | undefined

beforeAll(async () => {
  dataDir = await makeFolder()
})

afterAll(() => removeFolder(dataDir))

describe('one system that goes on from test to test', () => {
  afterAll(stop, LIMIT)

  test(
    'The first start prints an API key that works',
    async () => {
      const system = await join()
      expect(system.key).toBeTruthy()
      key = system.key ?? ''
      const { status } = await createClient(system).call('GET', 'ext:/events')
      expect(status).toBe(200)
    },
    LIMIT,
  )

  test(
    'A second start on the same data folder is refused while the first goes on',
    async () => {
      const first = await join()
      const second = startUp(dataDir)
      const code = await within(LIMIT / 2, second.ended, () => {
        killAll([{ pid: second.pid, parent: 0, command: '' }])
        return `the second start goes on: ${second.stdout()}`
      })
      expect(code).not.toBe(0)
      expect(second.stderr()).toContain(`The data folder ${dataDir} is in use`)
      expect(second.stderr()).not.toMatch(/^\s+at /m)
      const { status } = await createClient({ url: first.url, key }).call('GET', 'ext:/events')
      expect(status).toBe(200)
      expect(await (await fetch(`${first.url}/readyz`)).json()).toEqual({ status: 'ready' })
    },
    LIMIT,
  )

  test(
    'Commands beside a running system: a key as one JSON object, an unknown organisation in one sentence',
    async () => {
      const system = await join()
      const args = ['--scopes', 'read,manage', '--json']
      const made = await trackside(dataDir, 'keys', 'create', '--org', '1', ...args)
      expect(made).toMatchObject({ code: 0, stderr: '' })
      const printed = JSON.parse(made.stdout) as { org_id: number; key: string }
      expect(printed).toMatchObject({ org_id: 1, key: expect.stringMatching(/^[\w-]{20,}$/) })
      await createClient({ url: system.url, key: printed.key }).createEvent()

      const refused = await trackside(dataDir, 'keys', 'create', '--org', '999', ...args)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(/organisation 999/i)
      expect(refused.stderr).not.toMatch(/^\s+at /m)

      const org = await trackside(dataDir, 'orgs', 'create', 'Second club', '--json')
      const { org_id } = JSON.parse(org.stdout) as { org_id: number }
      const second = await trackside(dataDir, 'keys', 'create', '--org', String(org_id), ...args)
      const stranger = createClient({ url: system.url, key: JSON.parse(second.stdout).key })
      expect((await stranger.call('GET', `/api/v1/ext/${org_id}/events`)).status).toBe(200)
      expect((await stranger.call('GET', 'ext:/events')).code).toBe('wrong_organisation')

      // A command joins the database and must not take it with it.
      expect(await (await fetch(`${system.url}/readyz`)).json()).toEqual({ status: 'ready' })
    },
    LIMIT,
  )

  test(
    'A worker that is killed is replaced, and its photos are finished',
    async () => {
      const system = await join()
      const client = createClient({ url: system.url, key })
      const eventId = await client.createEvent()
      await client.upload(eventId, await drawPhotos(60))
      const workers = (await system.processes()).filter(({ command }) => command.endsWith(' work'))
      expect(workers).toHaveLength(1)
      killAll(workers)
      // The queue notices a dead worker after 20 s without a sign of life.
      const { photos } = await client.waitIdle(eventId)
      expect(photos).toEqual({ total: 6, done: 6, failed: 0 })
    },
    LIMIT,
  )

  test(
    'SIGTERM ends every process, with exit code 0, while a client stands in the middle of an answer and reads no further',
    async () => {
      const system = await join()
      const client = createClient({ url: system.url, key })
      const eventId = await client.createEvent()
      // More than the buffers of a socket hold, most of it behind the end of the picture.
      const photo = Buffer.concat([await drawPhoto(7), Buffer.alloc(24 * 2 ** 20)])
      await client.upload(eventId, [['large.jpg', photo]])
      await client.waitIdle(eventId)
      const image_ids = (await client.listImages(eventId)).map(({ image_id }) => image_id)
      const { presigned_urls } = await client.presign(eventId, {
        method: 'image_ids',
        identifier: image_ids,
      })
      const { host, hostname, port, pathname, search } = new URL(presigned_urls[0]?.url ?? '')
      const socket = connect({ host: hostname, port: Number(port) })
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      await once(socket, 'readable')
      await expectStop(system, () => process.kill(system.pid, 'SIGTERM'))
      socket.destroy()
    },
    LIMIT,
  )
})

describe('a start of its own', () => {
  afterEach(stop, LIMIT)

  test(
    'A later start prints no key; Ctrl-C, which reaches the whole group, ends every process with exit code 0',
    async () => {
      const system = await up()
      expect(system.key).toBeUndefined()
      await expectStop(system, () => system.signalGroup('SIGINT'))
    },
    LIMIT,
  )

  test(
    'Ctrl-C that arrives twice within a moment, as npm hands it on, still ends in order',
    async () => {
      const system = await up()
      await expectStop(system, () => {
        system.signalGroup('SIGINT')
        // Not by a timer, which may come late: after 50 ms an idle system has ended.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
        process.kill(system.pid, 'SIGINT')
      })
    },
    LIMIT,
  )

  test(
    'Ctrl-C on `npm start` leaves nothing running, whichever shell npm uses',
    async () => {
      const npm = start('npm', ['start', '--script-shell=/bin/bash'], environmentOf(dataDir))
      const system = await startSystem(dataDir, {}, npm)
      running = system
      const all = await system.processes()
      system.signalGroup('SIGINT')
      expect(await waitUntilGone(all, STOP_MS)).toEqual([])
    },
    LIMIT,
  )

  test(
    'After kill -9 of everything the next start finishes the photos that were acknowledged, each once',
    async () => {
      const { eventId, names } = await uploadThenKill((all) => all)
      await expectAllDone(eventId, names)
    },
    LIMIT,
  )

  test(
    'After kill -9 of all but PostgreSQL the next start finishes the photos, and its end ends PostgreSQL too',
    async () => {
      const { eventId, names } = await uploadThenKill((all) =>
        all.filter(({ command }) => !command.includes('postgres')),
      )
      await expectAllDone(eventId, names)
      await expectStop(running!, () => process.kill(running!.pid, 'SIGTERM'))
    },
    LIMIT,
  )

  test(
    'A port that is in use is told in a sentence, and nothing is left running',
    async () => {
      const port = await findFreePort()
      const other = createServer().listen(port, '127.0.0.1')
      await once(other, 'listening')
      try {
        const startedAt = Date.now()
        const refused = startUp(dataDir, { PORT: String(port) })
        const code = await within(LIMIT / 2, refused.ended, () => refused.stdout())
        expect(code).toBe(1)
        expect(Date.now() - startedAt).toBeLessThan(ORDERLY_MS)
        expect(refused.stderr()).toMatch(new RegExp(`Port ${port} is in use`))
        expect(refused.stderr()).not.toMatch(/^\s+at /m)
        expect(refused.stdout()).not.toContain('ready')
        expect(await findSystem(dataDir)).toEqual([])
      } finally {
        other.close()
      }
    },
    LIMIT,
  )

  test(
    'A command without a running system does its work and stops the database it started',
    async () => {
      const listed = await trackside(dataDir, 'keys', 'list')
      expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(key.slice(0, 5)) })
      expect(listed.stdout).not.toContain(key)
      expect(await findSystem(dataDir)).toEqual([])
    },
    LIMIT,
  )

  test(
    'Help, version and wrong options answer at once',
    async () => {
      const help = await trackside(dataDir, '--help')
      expect(help.code).toBe(0)
      for (const command of ['up', 'import', 'orgs', 'keys', 'recognize'])
        expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))

      const npx = start('npx', ['trackside', '--version'], environmentOf(dataDir))
      expect(await npx.ended).toBe(0)
      expect(npx.stdout()).toMatch(/^\d+\.\d+\.\d+/)

      const wrong = await trackside(dataDir, 'up', '--no-such-option')
      expect(wrong.code).not.toBe(0)
      expect(wrong.stderr).toContain("unknown option '--no-such-option'")
    },
    LIMIT,
  )

  test(
    'A wrong setting is named, and nothing starts',
    async () => {
      const refused = startUp(dataDir, { PORT: 'eighty' })
      expect(await within(LIMIT / 2, refused.ended, () => refused.stdout())).toBe(1)
      expect(refused.stderr()).toContain('PORT must be a whole number')
      expect(await findSystem(dataDir)).toEqual([])
    },
    LIMIT,
  )
})

async function up(own: Record<string, string> = {}): Promise<System> {
  running = await startSystem(dataDir, own)
  return running
}

/** The system that runs; a test that comes after one which failed starts it anew. */
const join = async () => running ?? up()

async function stop() {
  await running?.stop()
  running = undefined
  killAll(await findSystem(dataDir))
}

async function expectStop(system: System, signal: () => unknown) {
  const all = await system.processes()
  expect(all.some(({ command }) => command.includes('postgres'))).toBe(true)
  expect(all.some(({ command }) => command.endsWith(' work'))).toBe(true)
  const signalledAt = Date.now()
  await signal()
  expect(await waitUntilGone(all, STOP_MS)).toEqual([])
  expect(Date.now() - signalledAt).toBeLessThan(ORDERLY_MS)
  expect(await system.ended).toBe(0)
  expect(await findSystem(dataDir)).toEqual([])
}

/** Uploads photos, kills what `choose` names at the moment they are acknowledged, and starts again. */
async function uploadThenKill(choose: (all: Process[]) => Process[]) {
  const system = await up()
  const client = createClient({ url: system.url, key })
  const eventId = await client.createEvent()
  const files = await drawPhotos(eventId * 10)
  const [first, ...rest] = files
  const taken = [
    ...(await client.upload(eventId, [first!])),
    ...(await client.upload(eventId, rest)),
  ]
  expect(taken.map(({ status }) => status)).toEqual(files.map(() => 'stored'))
  const victims = choose(await system.processes())
  killAll(victims)
  expect(await waitUntilGone(victims)).toEqual([])
  await up()
  return { eventId, names: files.map(([name]) => name) }
}

async function expectAllDone(eventId: number, names: string[]) {
  const client = createClient({ url: running?.url ?? '', key })
  const { photos } = await client.waitIdle(eventId)
  expect(photos).toEqual({ total: names.length, done: names.length, failed: 0 })
  const listed = await client.listPhotos(eventId)
  expect(listed.map(({ file_name }) => file_name).sort()).toEqual([...names].sort())
  expect(new Set(listed.map(({ status }) => status))).toEqual(new Set(['done']))
  const images = await client.listImages(eventId)
  expect(images).toHaveLength(names.length)
  for (const { img_url } of images) expect((await fetch(img_url)).status).toBe(200)
}

const drawPhotos = (seed: number) =>
  Promise.all(
    Array.from(
      { length: 6 },
      async (_, i) =>
        [`${i}.jpg`, await drawPhoto(seed + i, { width: 1200, height: 800 })] as const,
    ),
  )
