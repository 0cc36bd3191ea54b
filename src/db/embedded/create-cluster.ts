import { execFile } from 'node:child_process'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import { type Layout, ROLE } from './layout.ts'
import { commandAs, giveAway, type ServerUser } from './server-user.ts'

const run = promisify(execFile)

/** It takes 1 s; slow disks and emulated processors get their time. */
const INITDB_TIMEOUT_MS = 180_000

/**
 * Makes the database when there is none. It is made beside its place and renamed when whole, so what a killed process left
 * half made is never taken for a database.
 * @throws Error when the database there was made by another major version.
 */
export async function createCluster(
  { dataDir, cluster, draft }: Layout,
  { bin, user }: { bin: string; user: ServerUser },
): Promise<void> {
  const made = await readVersion(cluster)
  if (made !== undefined) return assertVersion(made, { bin, cluster })

  await rm(draft, { recursive: true, force: true, maxRetries: 3 })
  await mkdir(draft, { mode: 0o700 })
  await giveAway(draft, user)
  const args = [
    ...['--pgdata', draft, '--username', ROLE, '--auth', 'trust', '--encoding', 'UTF8'],
    // C: the order of text, and so every index, survives a change of ICU or libc with a later package.
    ...['--locale', 'C', '--no-instructions'],
  ]
  try {
    const initdb = commandAs(user, path.join(bin, 'initdb'), args)
    const options = { ...initdb.options, cwd: dataDir, timeout: INITDB_TIMEOUT_MS }
    await run(initdb.file, initdb.args, options)
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    await rm(draft, { recursive: true, force: true, maxRetries: 3 })
    throw new Error(`The database could not be made in ${dataDir}: ${said || cause}`, { cause })
  }
  await rename(draft, cluster)
  await using folder = await open(dataDir, 'r')
  await folder.sync()
}

async function readVersion(cluster: string) {
  try {
    return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** A database is read by the major version that made it alone. */
async function assertVersion(made: string, { bin, cluster }: { bin: string; cluster: string }) {
  const { stdout } = await run(path.join(bin, 'postgres'), ['--version'], {
    env: {},
    timeout: 10_000,
  })
  const major = /(\d+)/.exec(stdout)?.[1]
  if (made === major) return
  throw new Error(
    `The database in ${cluster} is of PostgreSQL ${made}, the programs are of ${major}: install the version of trackside ` +
      'that made it, dump the database there and restore it here',
  )
}
