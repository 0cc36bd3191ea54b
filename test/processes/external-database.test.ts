import { execFile, spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { type Context, openContext } from '../../src/context.ts'
import { createPool } from '../../src/db/connect.ts'
import { giveAway } from '../../src/db/embedded/server-user.ts'
import { migrate } from '../../src/db/migrate.ts'
import { readDatabaseUrl } from '../../src/db/read-database-url.ts'
import type { Server } from '../../src/http/server.ts'
import { newId } from '../../src/lib/ids.ts'
import { createKey } from '../../src/orgs/index.ts'
import { MIGRATIONS } from '../test-deps.ts'
import { type PostgresServer, removeFolder, startReplica, startServer } from './postgres-server.ts'

const execute = promisify(execFile)
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const LIMIT = 120_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trackside-external-'))
  await chmod(folder, 0o711)
})
afterAll(() => removeFolder(folder))

test.skipIf(!hasOpenssl)(
  'a server with TLS is reached as sslmode says, and one with another CA or name is refused',
  async () => {
    const certificate = async (name: string) => {
      const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
      await execute('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
        ...['-addext', `subjectAltName=DNS:${name}`, '-keyout', key, '-out', cert],
      ])
      return { key, cert }
    }
    const [own, other] = [await certificate('localhost'), await certificate('elsewhere')]
    const server = await startServer(folder, async ({ cluster, user }) => {
      for (const [from, to] of [
        [own.key, 'server.key'],
        [own.cert, 'server.crt'],
      ] as const) {
        await copyFile(from, join(cluster, to))
        await chmod(join(cluster, to), 0o600)
        await giveAway(join(cluster, to), user)
      }
      return ['ssl=on']
    })
    try {
      const ask = async (parameters: string, host = 'localhost') => {
        const url = server.url.replace('127.0.0.1', host) + parameters
        const pool = createPool({ ...readDatabaseUrl(url, 'DATABASE_URL'), max: 1 })
        try {
          const { rows } = await pool.query(
            'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
          )
          return rows[0].ssl as boolean
        } finally {
          await pool.end()
        }
      }
      expect(await ask('')).toBe(false)
      expect(await ask('?sslmode=require')).toBe(true)
      expect(await ask(`?sslmode=verify-full&sslrootcert=${own.cert}`)).toBe(true)
      expect(await ask(`?sslmode=verify-ca&sslrootcert=${own.cert}`, '127.0.0.1')).toBe(true)
      const refused = (parameters: string, host?: string) =>
        expect(ask(parameters, host)).rejects.toThrow(/certificate|altnames|self-signed/i)
      await refused(`?sslmode=verify-full&sslrootcert=${own.cert}`, '127.0.0.1')
      await refused(`?sslmode=verify-ca&sslrootcert=${other.cert}`)
      await refused('?sslmode=verify-full')
    } finally {
      await server.stop()
    }
  },
  LIMIT,
)

test(
  'lists and bib searches go to a replica that is close behind, everything else to the primary; without it, all do',
  async () => {
    const primary = await startServer(folder)
    let replica: PostgresServer | undefined
    let served: { context: Context; app: Server; key: string } | undefined
    try {
      const pool = createPool({ connectionString: primary.url, max: 1 })
      await migrate(pool, { directory: MIGRATIONS })
      replica = await startReplica(folder, primary)
      served = await serve(primary.url, replica.url)
      const { context, app, key } = served
      const get = async (path: string) => {
        const answer = await app.inject({
          url: `/api/v1/ext/1/${path}`,
          headers: { 'x-api-key': key },
        })
        expect(answer.statusCode, answer.body).toBe(200)
        return answer.json().data
      }
      const { rows } = await pool.query(
        `insert into event (org_id, name, slug, stamp_recipe) values (1, 'Run', 'run', '') returning id`,
      )
      const eventId = rows[0].id as number
      const addPhoto = async () => {
        const id = newId()
        await pool.query(
          `insert into photo (event_id, id, file_name, sha256, bytes, status, added_at, width, height, stamp_recipe)
           values ($1, $2, 'a', $3, 1, 'done', now(), 10, 10, 'x')`,
          [eventId, id, Buffer.from(id)],
        )
        const insertBib = `insert into photo_bib (event_id, bib_key, photo_id, bib, score, box) values ($1, '7', $2, '7', 1, '{}')`
        await pool.query(insertBib, [eventId, id])
      }
      const total = async (path: string) => (await get(`event/${eventId}/${path}`)).pagination.total
      const isUsed = async () => {
        const [row] = await context.readDb
          .selectNoFrom(({ fn }) => fn<boolean>('pg_is_in_recovery').as('is'))
          .execute()
        return row?.is
      }
      await expect.poll(isUsed).toBe(true)
      await addPhoto()
      for (const path of ['images', 'bibs/7']) await expect.poll(() => total(path)).toBe(1)

      // Held up, the replica answers with what it has; seconds later nobody asks it any more.
      const control = createPool({ connectionString: replica.url, max: 1 })
      await control.query('select pg_wal_replay_pause()')
      await addPhoto()
      expect(await total('images')).toBe(1)
      expect(await total('bibs/7')).toBe(1)
      expect(await countOnPrimary(context, eventId)).toBe(2)
      await expect.poll(() => total('images')).toBe(2)
      expect(await isUsed()).toBe(false)
      await control.query('select pg_wal_replay_resume()')
      await control.end()
      await expect.poll(isUsed).toBe(true)

      // It dies while it is asked: every question is answered all the same.
      let isAsking = true
      let asked = 0
      const asking = (async () => {
        for (; isAsking; asked++) expect(await total('images')).toBe(2)
      })()
      replica.child.kill('SIGQUIT')
      await expect.poll(isUsed).toBe(false)
      isAsking = false
      await asking
      expect(asked).toBeGreaterThan(0)
      await pool.end()
    } finally {
      await served?.app.close()
      await served?.context.close()
      await replica?.stop()
      await primary.stop()
    }
  },
  LIMIT,
)

test(
  'a query over its limit is answered with 503 and when to try again; only servers have the limit',
  async () => {
    const server = await startServer(folder)
    try {
      const pool = createPool({ connectionString: server.url, max: 1 })
      await migrate(pool, { directory: MIGRATIONS })
      const { context, app, key } = await serve(server.url, undefined)
      await pool.query('begin')
      await pool.query('lock table api_key in access exclusive mode')
      const answer = await app.inject({
        url: '/api/v1/ext/1/events',
        headers: { 'x-api-key': key },
      })
      await pool.query('rollback')
      expect([answer.statusCode, answer.headers['x-error-code']]).toEqual([503, 'query_too_slow'])
      expect(answer.headers['retry-after']).toBe('5')
      const again = await app.inject({ url: '/api/v1/ext/1/events', headers: { 'x-api-key': key } })
      expect(again.statusCode).toBe(200)
      const { rows } = await context.pool.query('show max_connections')
      expect([rows[0].max_connections, context.pool.options.max]).toEqual(['50', 3])
      await app.close()
      await context.close()
      const worker = await openContext(configOf(server.url, undefined), {
        role: 'work',
        connection: { connectionString: server.url },
        log: pino({ level: 'silent' }),
      })
      expect((await worker.pool.query('show statement_timeout')).rows).toEqual([
        { statement_timeout: '0' },
      ])
      await worker.close()
      await pool.end()
    } finally {
      await server.stop()
    }
  },
  LIMIT,
)

const configOf = (url: string, replica: string | undefined) =>
  readConfig({
    TRACKSIDE_DATA: folder,
    DATABASE_URL: url,
    TRACKSIDE_DATABASE_CONNECTIONS: '3',
    TRACKSIDE_DATABASE_QUERY_SECONDS: '1',
    ...(replica && { DATABASE_REPLICA_URL: replica }),
  })

async function serve(url: string, replica: string | undefined) {
  const context = await openContext(configOf(url, replica), {
    role: 'serve',
    connection: { connectionString: url },
    log: pino({ level: 'silent' }),
  })
  const app = await createApp(context)
  const { key } = await createKey(context, { orgId: 1, name: 'test', scopes: ['read', 'manage'] })
  return { context, app, key }
}

async function countOnPrimary({ db }: Context, eventId: number) {
  const rows = await db.selectFrom('photo').select('id').where('eventId', '=', eventId).execute()
  return rows.length
}
