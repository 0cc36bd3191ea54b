import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, inject } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Config, readConfig, readToolEnvironment } from '../src/config.ts'
import { type Context, openContext } from '../src/context.ts'
import { createPool } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'
import { FACE_MODELS } from '../src/faces/engine/face-model.ts'
import { createMetrics } from '../src/http/metrics.ts'
import type { Server } from '../src/http/server.ts'
import { createKey } from '../src/orgs/index.ts'
import type { Recognition } from '../src/recognition.ts'
import { startWorker } from '../src/worker.ts'

export const MIGRATIONS = new URL('../migrations/', import.meta.url)

/** A new database on the run's server. */
export async function createDatabase(): Promise<pg.PoolConfig> {
  const connection = inject('postgres')
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client(connection)
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return { ...connection, database: name }
}

export type TestSystem = {
  context: Context
  app: Server
  folder: string
  key: string
  ok: Ok
  call: Call
}
export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options?: { json?: unknown; form?: FormData; body?: Buffer; type?: string; key?: string | null },
) => Promise<{ status: number; headers: Record<string, unknown>; body: Body; bytes: Buffer }>
// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what the tests expect of them
type Body = any
type Ok = (...args: Parameters<Call>) => Promise<Body>

/** Engines that see what a test says: models are the only fakes. */
export const blindRecognition: Recognition = {
  bibReader: async () => [],
  faceFinder: async () => [],
  selfieReader: async () => undefined,
  faceLocator: async () => [],
  faceDescriber: async () => [],
  knownFaceDescriber: async (_picture, known, _signal, model) => ({
    ...known,
    embedding: new Float32Array(FACE_MODELS.find(({ id }) => id === model)!.dimensions),
    model,
  }),
  stop: async () => {},
}

/** The whole system in this process on a database and a folder of its own, with worker; closed after the file's tests. */
export async function startSystem(
  recognition: Partial<Recognition> = {},
  settings: Partial<Config> = {},
): Promise<TestSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-test-'))
  const connection = await createDatabase()
  const pool = createPool({ ...connection, max: 1 })
  await migrate(pool, { directory: MIGRATIONS })
  await pool.end()
  const config = {
    ...readConfig({}),
    toolEnvironment: readToolEnvironment(),
    dataDir: folder,
    cacheDir: join(folder, 'cache'),
    maxPhotoBytes: 5_000_000,
    ...settings,
  }
  const opened = await openContext(config, {
    role: 'work',
    connection,
    log: pino({ level: 'silent' }),
  })
  const context = { ...opened, recognition: { ...blindRecognition, ...recognition } }
  const app = await createApp(context)
  await startWorker(context, createMetrics())
  const { key } = await createKey(context, { orgId: 1, name: 'test', scopes: ['read', 'manage'] })
  afterAll(async () => {
    await app.close()
    await context.close()
    await rm(folder, { recursive: true, force: true })
  })

  const call: Call = async (method, path, { json, form, body, type, key: other } = {}) => {
    const encoded = form && new Response(form)
    const headers: Record<string, string> = {}
    if (other !== null) headers['x-api-key'] = other ?? key
    if (encoded) headers['content-type'] = encoded.headers.get('content-type') ?? ''
    if (type) headers['content-type'] = type
    const answer = await app.inject({
      method,
      url: path,
      headers,
      ...(json !== undefined && { payload: json as object }),
      ...(encoded && { payload: Buffer.from(await encoded.arrayBuffer()) }),
      ...(body && { payload: body }),
    })
    const isJson = String(answer.headers['content-type']).includes('json')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? answer.json() : undefined,
      bytes: answer.rawPayload,
    }
  }
  const ok: Ok = async (...args) => {
    const { status, body } = await call(...args)
    if (status !== 200) throw new Error(`${args[0]} ${args[1]}: ${status} ${body?.message}`)
    return body.data
  }
  return { context, app, folder, key, ok, call }
}

export const MANAGE = '/api/v1/manage/1'
export const EXT = '/api/v1/ext/1'

export async function addEvent({ ok }: TestSystem, settings: object = {}): Promise<number> {
  const { event_id } = await ok('POST', `${MANAGE}/events`, {
    json: { event_name: 'Test Run', ...settings },
  })
  return event_id
}

let made = 0
/** A JPEG that no other test has: same bytes would be a duplicate. */
export async function jpeg({
  width = 640,
  height = 480,
  exif = {},
}: {
  width?: number
  height?: number
  exif?: Record<string, string>
} = {}): Promise<Buffer> {
  made += 1
  return sharp({ create: { width, height, channels: 3, background: '#3478a0' } })
    .jpeg()
    .withExif({ IFD0: { ImageDescription: `test photo ${made}` }, IFD2: exif })
    .toBuffer()
}

export function formOf(...files: [name: string, bytes: Buffer][]): FormData {
  const form = new FormData()
  for (const [name, bytes] of files) form.append('file', new Blob([Uint8Array.from(bytes)]), name)
  return form
}

/** Uploads files and waits until the event is idle; the answer's rows. */
export async function upload(system: TestSystem, eventId: number, ...files: [string, Buffer][]) {
  const { photos } = await system.ok('POST', `${MANAGE}/event/${eventId}/photos`, {
    form: formOf(...files),
  })
  await untilIdle(system, eventId)
  return photos as { image_id: string; status: string; error: string | null }[]
}

export async function untilIdle(
  { ok }: TestSystem,
  eventId: number,
  timeoutMs = 20_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    if ((await ok('GET', `${MANAGE}/event/${eventId}/progress`)).idle) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`event ${eventId} is not idle after ${timeoutMs} ms`)
}
