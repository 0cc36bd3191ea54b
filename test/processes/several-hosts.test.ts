import { readdir, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, createClient } from '../e2e/client.ts'
import { makeDemoRace } from '../e2e/demo-race.ts'
import { drawPhoto } from '../e2e/pictures.ts'
import {
  environmentOf,
  makeFolder,
  ROOT,
  type Running,
  removeFolder,
  start,
  within,
} from '../e2e/system.ts'
import { createDatabase } from '../test-deps.ts'
import { startBalancer } from './balancer.ts'
import { findFreePort } from './postgres-server.ts'

// Hosts are processes here: what they share is the database, reached by its URL, and the store, as it would be a bucket or a
// network file system.
const LIMIT = 300_000
const READY_MS = 120_000
const HOSTS = 3

type Host = { url: string; port: number; running: Running }

let folder: string
let connection: pg.ClientConfig
let key: string
const hosts: Host[] = []
const started: Running[] = []

beforeAll(async () => {
  folder = await makeFolder()
  connection = await createDatabase()
  const ports = await Promise.all(Array.from({ length: HOSTS }, findFreePort))
  // All at once, on a database without any table.
  hosts.push(...(await Promise.all(ports.map(startHost))))
  const made = run('keys', 'create', '--scopes', 'read,manage', '--json')
  await within(READY_MS, made.ended, () => `no key: ${made.stderr()}`)
  key = JSON.parse(made.stdout()).key
}, LIMIT)

afterAll(async () => {
  for (const { child } of started) if (child.exitCode === null) child.kill('SIGTERM')
  await within(60_000, Promise.all(started.map(({ ended }) => ended)), () => 'hosts do not end')
  await removeFolder(folder)
}, LIMIT)

function run(...args: string[]): Running {
  return runWith({}, ...args)
}

function runWith(env: Record<string, string>, ...args: string[]): Running {
  const { host = '', port, user, database } = connection
  const DATABASE_URL = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
  const own = { DATABASE_URL, TRACKSIDE_DRAIN_SECONDS: '2', ...env }
  const running = start(
    process.execPath,
    [join(ROOT, 'src/cli/main.ts'), ...args],
    environmentOf(folder, own),
  )
  started.push(running)
  return running
}

async function startHost(port: number): Promise<Host> {
  const running = runWith({ PORT: String(port) }, 'serve')
  for (const end = Date.now() + READY_MS; ; await sleep(50)) {
    const url = /^trackside ready on (\S+)$/m.exec(running.stdout())?.[1]
    if (url) return { url, port, running }
    if (running.child.exitCode !== null || Date.now() > end)
      throw new Error(`a server does not start: ${running.stdout()}${running.stderr()}`)
  }
}

const clientOf = ({ url }: Host): Client => createClient({ url, key })

test('Three servers that start together on an empty database migrate it once', async () => {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query('select name from migration order by name')
  await client.end()
  const files = (await readdir(join(ROOT, 'migrations'))).filter((name) => name.endsWith('.sql'))
  expect(rows.map(({ name }) => name)).toEqual(files.sort())
  for (const { running } of hosts) expect(running.stderr()).toBe('')
})

test(
  'Servers are restarted one after the other while clients keep asking and uploading: no request is dropped',
  async () => {
    const balancer = await startBalancer(hosts.map(({ url }) => url))
    try {
      const client = createClient({ url: balancer.url, key })
      const eventId = await client.createEvent({ event_name: 'Rolling' })
      let isAsking = true
      const counts = { asked: 0, stored: 0 }
      const asking = Array.from({ length: 4 }, async () => {
        for (; isAsking; counts.asked++) {
          const { status } = await client.call('GET', `ext:/event/${eventId}/images`)
          expect(status).toBe(200)
          await sleep(5)
        }
      })
      const uploading = (async () => {
        for (let seed = 1; isAsking && seed < 300; seed++) {
          const [photo] = await client.upload(eventId, [[`${seed}.jpg`, await drawPhoto(seed)]])
          expect(photo?.status).toBe('stored')
          counts.stored++
          await sleep(50)
        }
      })()
      for (const [index, { port, running }] of hosts.entries()) {
        running.child.kill('SIGTERM')
        expect(await within(60_000, running.ended, () => 'a server does not end')).toBe(0)
        hosts[index] = await startHost(port)
        await expect.poll(balancer.ready).toBe(HOSTS)
      }
      isAsking = false
      await Promise.all([...asking, uploading])
      expect(balancer.failures).toEqual([])
      expect(counts.asked).toBeGreaterThan(100)
      expect(await client.listPhotos(eventId)).toHaveLength(Math.min(100, counts.stored))
      await client.ask('DELETE', `manage:/event/${eventId}`)
      console.log(
        `rolling restart of ${HOSTS}: ${counts.asked} lists and ${counts.stored} uploads, none dropped`,
      )
    } finally {
      await balancer.close()
    }
  },
  LIMIT,
)

test(
  'A server that is told to stop answers on a kept connection once more, and says that it is the last',
  async () => {
    const host = await startHost(await findFreePort())
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (path: string) =>
      new Promise<{
        status: number | undefined
        connection: string | undefined
        port: number | undefined
      }>((resolve, reject) => {
        const asking = request(host.url + path, { agent }, (answer) => {
          answer.resume().on('end', () =>
            resolve({
              status: answer.statusCode,
              connection: answer.headers.connection,
              port: asking.socket?.localPort,
            }),
          )
        })
        asking.on('error', reject).end()
      })
    const before = await ask('/healthz')
    expect(before).toMatchObject({ status: 200, connection: 'keep-alive' })
    host.running.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${host.url}/readyz`)).status).toBe(503)
    expect(await ask('/healthz')).toEqual({ ...before, connection: 'close' })
    expect((await ask('/healthz')).port).not.toBe(before.port)
    expect(await within(30_000, host.running.ended, () => 'it does not end')).toBe(0)
    agent.destroy()
  },
  LIMIT,
)

test(
  'Two servers with one face index each: what a worker finds, or somebody deletes, the next search of both knows',
  async () => {
    const race = await makeDemoRace(join(folder, 'race'), { photos: 9, seed: 3 })
    const [first, second] = hosts.map(clientOf)
    if (!first || !second) throw new Error('two servers are needed')
    const often = [...race.selfies.keys()]
      .map((bib) => ({ bib, on: race.truth.filter(({ bibs }) => bibs.includes(bib)) }))
      .sort((a, b) => b.on.length - a.on.length)[0]
    const selfie = race.selfies.get(often?.bib ?? '')
    const [known, unseen] = often?.on ?? []
    if (!selfie || !known || !unseen) throw new Error('the race has no runner on two photos')
    const eventId = await first.createEvent({ event_name: 'Faces' })
    const worker = run('work')
    const store = async ({ fileName }: { fileName: string }) => {
      const bytes = await readFile(join(race.photosDir, fileName))
      const [photo] = await first.upload(eventId, [[fileName, bytes]])
      await first.waitIdle(eventId)
      return photo?.image_id ?? ''
    }
    const search = async (client: Client) =>
      (await client.searchSelfie(eventId, selfie)).images.map(({ image_id }) => image_id)
    const knownId = await store(known)
    for (const client of [first, second]) expect(await search(client)).toEqual([knownId])

    const added = await store(unseen)
    const since = Date.now()
    for (const client of [first, second])
      expect((await search(client)).sort()).toEqual([knownId, added].sort())
    const seconds = (Date.now() - since) / 1000
    console.log(`both servers show a new face ${seconds.toFixed(1)} s after it was stored`)
    await first.ask('DELETE', `manage:/event/${eventId}/photos/${added}`)
    for (const client of [first, second]) expect(await search(client)).toEqual([knownId])
    worker.child.kill('SIGTERM')
    expect(await within(60_000, worker.ended, () => 'the worker does not end')).toBe(0)
  },
  LIMIT,
)
