import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Config } from '../config.ts'
import { createPool } from '../db/connect.ts'
import { keepPostgres } from '../db/embedded/keep-running.ts'
import { findRunningPostgres, startPostgres } from '../db/embedded/start-postgres.ts'
import { hasOtherClients } from '../db/has-other-clients.ts'
import { migrate } from '../db/migrate.ts'
import { readDatabaseUrl } from '../db/read-database-url.ts'
import { DataFolderInUse, lockDataFolder } from '../lib/data-lock.ts'

/** A migrated database and how to reach it. */
export type Database = {
  connection: pg.PoolConfig
  /**
   * Keeps the embedded server running: starts it again whenever it dies, until it is stopped. Does nothing for one named in
   * `DATABASE_URL`.
   */
  keep(log: FastifyBaseLogger): { stop(): Promise<void> }
  /** Stops the embedded server if this call started it and nobody else has come to use it since. */
  leave(): Promise<void>
}

export const MIGRATIONS = new URL('../../migrations/', import.meta.url)

const postgresFolder = (config: Config) => join(config.dataDir, 'postgres')
/** Where a restore puts things together: gone when it is done. */
export const restoringFolder = (config: Config) => join(config.dataDir, '.restoring')
const nothing = async () => {}
const keepNothing = () => ({ stop: nothing })

/**
 * Reaches the database: `DATABASE_URL`, else the embedded server of the data folder, which is started unless it runs already.
 * Brings its tables up to date.
 */
export async function openDatabase(config: Config): Promise<Database> {
  if (existsSync(restoringFolder(config)))
    throw new Error(
      `A restore into ${config.dataDir} goes on, or was cut off: run it again, or remove ${restoringFolder(config)}`,
    )
  const { databaseUrl } = config.secrets
  if (databaseUrl !== undefined)
    return migrated(
      {
        connection: readDatabaseUrl(databaseUrl, 'DATABASE_URL'),
        keep: keepNothing,
        leave: nothing,
      },
      config.database.connectTimeoutMs,
    )
  const server = await startPostgres({ dataDir: postgresFolder(config) })
  const { connection, attached } = server
  const leave = async () => {
    if (attached || (await hasOtherClients(connection))) return
    // "up" holds the folder from before it reaches the database until after it stopped it.
    const lock = await lockDataFolder(config.dataDir, 'a trackside command').catch(
      (error: unknown) => {
        if (error instanceof DataFolderInUse) return undefined
        throw error
      },
    )
    if (!lock) return
    await server.stop()
    await lock.release()
  }
  const keep = (log: FastifyBaseLogger) =>
    keepPostgres(server, {
      dataDir: postgresFolder(config),
      log: (line, err) => log.error({ err }, line),
    })
  return migrated({ connection, keep, leave }).catch(async (error: unknown) => {
    await leave()
    throw error
  })
}

/** As `openDatabase`, but starts nothing: for processes that belong to a running system. */
export async function joinDatabase(config: Config): Promise<Database> {
  if (config.secrets.databaseUrl !== undefined) return openDatabase(config)
  const server = await findRunningPostgres(postgresFolder(config))
  if (!server)
    throw new Error(
      `No database runs on ${config.dataDir}: start "trackside up" there, or name a PostgreSQL server in DATABASE_URL.`,
    )
  return migrated({ connection: server.connection, keep: keepNothing, leave: nothing })
}

async function migrated(database: Database, connectTimeoutMs = 10_000): Promise<Database> {
  const timeout = { connectionTimeoutMillis: connectTimeoutMs }
  const pool = createPool({ ...database.connection, ...timeout, max: 1 })
  try {
    await migrate(pool, { directory: MIGRATIONS })
  } finally {
    await pool.end()
  }
  return database
}
