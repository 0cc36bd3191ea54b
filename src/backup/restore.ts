import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { assertSameHistory, migrate, readMigrations } from '../db/migrate.ts'
import { makeJobTable } from '../jobs/open-jobs.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Manifest } from './manifest.ts'
import {
  analyse,
  copyIn,
  eachOriginal,
  finishLoad,
  isUnused,
  prepareLoad,
  setSequence,
} from './queries.ts'
import { assertWhole, readTable } from './table-files.ts'

type Backup = { folder: string; manifest: Manifest }
type Report = (line: string) => void

/** Looks at a backup before anything is done with it. @throws Error when it is damaged, or made by a newer program */
export async function assertRestorable(
  { folder, manifest }: Backup,
  { migrations }: { migrations: string | URL },
): Promise<void> {
  assertSameHistory(await readMigrations(migrations), manifest.migrations)
  await assertWhole(folder, [...manifest.tables, manifest.jobs])
}

/**
 * Fills an unused database with the rows of a backup, in one transaction, and brings it up to date if the backup is of an
 * older version.
 * @throws Error when something is kept in the database
 */
export async function restoreRows(
  pool: pg.Pool,
  { folder, manifest }: Backup,
  { migrations: directory, report }: { migrations: string | URL; report: Report },
): Promise<void> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    if (!(await isUnused(client)))
      throw new Error(
        'The database is in use: a backup is restored into an empty one. Make another with "create database" and name it in DATABASE_URL',
      )
    await migrate(pool, { directory, upTo: manifest.migrations.at(-1)?.name })
    await client.query('begin')
    const names = manifest.tables.map(({ name }) => name)
    await prepareLoad(client, names)
    for (const table of manifest.tables) {
      await readTable(client, { folder, table, sql: copyIn(table) })
      if (table.rows > 0) report(`table ${table.name}: ${table.rows} rows`)
    }
    for (const sequence of manifest.sequences) await setSequence(client, sequence)
    await finishLoad(client, names)
    await client.query('commit')
    await migrate(pool, { directory })
    await analyse(client)
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    client.release(broken)
  }
}

/** Puts the jobs that waited back into the queue, all or none; returns how many. */
export async function restoreJobs(
  { pool, restore }: { pool: pg.Pool; restore: (client: pg.ClientBase) => Promise<number> },
  { folder, manifest }: Backup,
): Promise<number> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const sql = await makeJobTable(client)
    await readTable(client, { folder, table: manifest.jobs, sql })
    const restored = await restore(client)
    await client.query('drop table open_job')
    await client.query('commit')
    return restored
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    client.release(broken)
  }
}

/** Compares every original with the hash taken when it was uploaded; returns how many are missing or changed. */
export async function checkOriginals(
  { pool, store }: { pool: pg.Pool; store: ObjectStore },
  report: Report,
): Promise<{ checked: number; damaged: number }> {
  const found = { checked: 0, damaged: 0 }
  for await (const { key, sha256 } of eachOriginal(pool)) {
    found.checked++
    const body = await store.open(key)
    const hash = createHash('sha256')
    if (body) await pipeline(body, hash)
    if (body && hash.digest().equals(sha256)) continue
    found.damaged++
    report(`${key} is ${body ? 'damaged' : 'missing'}`)
  }
  return found
}
