import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'

export type Migration = { readonly name: string; readonly sql: string; readonly sha256: string }
type Applied = { readonly name: string; readonly sha256: string }

/** Any fixed number: it names our migrations among the advisory locks of the database. */
const LOCK_KEY = 7_236_145_901

/** Limit of waiting for another process that migrates, and for tables that are in use. */
const LOCK_TIMEOUT = '10min'

/**
 * Brings the database to the newest schema; returns the names of the files applied now, in order. Files are
 * `NNNN-what.sql` from 0001 without gaps, each applied in its own transaction, never undone. Any number of processes may
 * call this at once: each file runs once. The lock belongs to the transaction, so it also holds behind PgBouncer.
 *
 * @param upTo the last file to apply, where a backup is as old as that
 * @throws Error when files and database do not fit: changed or missing files, or a database of a newer program.
 */
export async function migrate(
  pool: pg.Pool,
  { directory, upTo }: { directory: string | URL; upTo?: string | undefined },
): Promise<string[]> {
  const all = await readMigrations(directory)
  const migrations = upTo === undefined ? all : all.filter(({ name }) => name <= upTo)
  const done: string[] = []
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    for (;;) {
      const name = await applyNext(client, migrations)
      if (name === undefined) return done
      done.push(name)
    }
  } catch (error) {
    // Rolling back again is harmless; a connection on which even that fails is thrown away.
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Applies the first file that the database lacks; undefined when it lacks none. */
async function applyNext(client: pg.PoolClient, migrations: Migration[]) {
  await client.query('begin')
  await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`)
  await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY])
  await client.query(
    `create table if not exists migration (
       name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  )
  const { rows } = await client.query<Applied>('select name, sha256 from migration order by name')
  assertSameHistory(migrations, rows)
  const next = migrations[rows.length]
  if (next) {
    await applyFile(client, next)
    const row = [next.name, next.sha256]
    await client.query('insert into migration (name, sha256) values ($1, $2)', row)
  }
  await client.query('commit')
  return next?.name
}

async function applyFile(client: pg.PoolClient, { name, sql }: Migration) {
  try {
    await client.query(sql)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Migration ${name} failed${lineOf(cause, sql)}: ${message}`, { cause })
  }
}

/** The server tells the place of a mistake as a count of characters from 1. */
function lineOf(error: unknown, sql: string) {
  if (!(error instanceof Error && 'position' in error && error.position)) return ''
  return ` at line ${sql.slice(0, Number(error.position)).split('\n').length}`
}

/** What was applied must be the beginning of the files, byte by byte: anything else is another program's database. */
export function assertSameHistory(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): void {
  for (const [index, { name, sha256 }] of applied.entries()) {
    const file = migrations[index]
    if (!file) {
      throw new Error(
        `The database is newer than this program: it has migration ${name}, the newest known here is ` +
          `${migrations.at(-1)?.name ?? 'none'}. Install the newer version again`,
      )
    }
    if (file.name !== name) {
      throw new Error(`The database has migration ${name} where this program has ${file.name}`)
    }
    if (file.sha256 !== sha256) {
      throw new Error(`Migration ${name} was changed after it was applied: write a new one instead`)
    }
  }
}

/** @throws Error when the files are not numbered as they should be */
export async function readMigrations(folder: string | URL): Promise<Migration[]> {
  const directory = folder instanceof URL ? fileURLToPath(folder) : folder
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  for (const [index, name] of names.entries()) {
    const number = String(index + 1).padStart(4, '0')
    if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name)) {
      throw new Error(`Migration ${name} is not named like NNNN-what.sql`)
    }
    if (!name.startsWith(`${number}-`)) {
      throw new Error(
        `Migrations are numbered without gaps or repeats: ${name} stands where ${number} should`,
      )
    }
  }
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(directory, name))
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      return { name, sql: bytes.toString('utf8'), sha256 }
    }),
  )
}
