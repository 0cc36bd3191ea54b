import { chmod, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { createPool } from '../../db/connect.ts'
import { layoutOf } from '../../db/embedded/layout.ts'
import { findServerBinaries } from '../../db/embedded/server-binaries.ts'
import { chooseServerUser } from '../../db/embedded/server-user.ts'
import { findRunningPostgres } from '../../db/embedded/start-postgres.ts'
import { DataFolderInUse, lockDataFolder } from '../../lib/data-lock.ts'
import { gigabytes } from './check-machine.ts'
import { type Finding, fail, messageOf, ok, warn } from './finding.ts'

const GIB = 2 ** 30
/** PostgreSQL stops when the disk is full; ten gigabytes are the photos of one photographer's day. */
const TOO_LITTLE_BYTES = GIB
const LITTLE_BYTES = 10 * GIB

/** What is true of the data folder, and whether trackside runs on it. */
export async function checkData(
  config: Config,
): Promise<{ findings: Finding[]; isRunning: boolean }> {
  const { dataDir } = config
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700 // as everywhere: root's database runs as another user
  let made: string | undefined
  let probe: string | undefined
  try {
    made = await mkdir(dataDir, { recursive: true, mode })
    probe = await mkdtemp(join(dataDir, 'doctor-'))
    await chmod(probe, mode)
    await writeFile(join(probe, 'file'), 'written')
    const holder = await findHolder(dataDir)
    const findings = [
      ok(`Data folder ${dataDir}${made ? ' (not made yet)' : ''} can be written`),
      await checkSpace(dataDir),
      ok(holder ?? 'No trackside runs on it'),
      await checkDatabase(config, probe),
    ]
    return { findings, isRunning: holder !== undefined }
  } catch (error) {
    const text = `Data folder ${dataDir} cannot be used: ${messageOf(error)}; choose another with TRACKSIDE_DATA`
    return { findings: [fail(text)], isRunning: false }
  } finally {
    // A doctor leaves nothing behind.
    if (probe !== undefined) await rm(probe, { recursive: true, force: true })
    if (made !== undefined) await rm(made, { recursive: true, force: true })
  }
}

async function checkSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < TOO_LITTLE_BYTES)
    return fail(`Only ${gigabytes(free)} of disk free: make room or choose another TRACKSIDE_DATA`)
  return free < LITTLE_BYTES
    ? warn(`Only ${gigabytes(free)} of disk free`)
    : ok(`${gigabytes(free)} of disk free`)
}

/** Who runs on the folder, in words; undefined when nobody does. */
async function findHolder(dataDir: string): Promise<string | undefined> {
  try {
    await (await lockDataFolder(dataDir, 'trackside doctor')).release()
    return undefined
  } catch (error) {
    if (error instanceof DataFolderInUse) return `trackside runs on it, process ${error.pid}`
    throw error
  }
}

/** @param probe an empty folder in the data folder, reached as the database's own would be */
async function checkDatabase({ dataDir, secrets }: Config, probe: string): Promise<Finding> {
  if (secrets.databaseUrl !== undefined) return checkExternal(secrets.databaseUrl)
  try {
    const running = await findRunningPostgres(join(dataDir, 'postgres'))
    if (running) return ok(`PostgreSQL runs, process ${running.pid}`)
    await findServerBinaries(probe, await chooseServerUser(layoutOf(probe)))
    return ok('PostgreSQL is there and can run')
  } catch (error) {
    return fail(messageOf(error))
  }
}

async function checkExternal(connectionString: string): Promise<Finding> {
  const pool = createPool({ connectionString, max: 1, connectionTimeoutMillis: 5000 })
  try {
    const { rows } = await pool.query<{ version: number }>(
      `select current_setting('server_version_num')::integer as version`,
    )
    const major = Math.floor((rows[0]?.version ?? 0) / 10_000)
    return ok(`DATABASE_URL answers: PostgreSQL ${major}`)
  } catch (error) {
    return fail(`DATABASE_URL does not answer: ${messageOf(error)}`)
  } finally {
    await pool.end()
  }
}
