import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { COPY_OPEN_JOBS, JOB_COLUMNS } from '../jobs/open-jobs.ts'
import { takeLockFile } from '../lib/lock-file.ts'
import { FORMAT, MANIFEST, type Manifest } from './manifest.ts'
import { measureTree, mirrorTree, syncFolder } from './mirror-tree.ts'
import {
  beginSnapshot,
  copyOut,
  findMigrations,
  findSequences,
  findServerVersion,
  findTables,
} from './queries.ts'
import { writeTable } from './table-files.ts'

export type BackupDeps = {
  pool: pg.Pool
  /** Where photos and videos lie; undefined when in a bucket. */
  objectsDir: string | undefined
  /** Objects of use to the running database alone. */
  isOmitted: (key: string) => boolean
  modelsDir: string
  version: string
}

type Wish = {
  /** Holds one folder a backup. */
  repository: string
  /** How many backups stay; the oldest others go after this one is whole. */
  keep?: number
  report: (line: string) => void
}

const PARTIAL = '.partial-'
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/

/**
 * Makes one backup, named after its instant, while the system runs. Files come first and are gone through again after the
 * instant: an object is durable before its row exists (decision 0001), so each row has its object in the backup, and what was
 * deleted meanwhile too.
 * @returns the folder of the backup
 */
export async function backUp(deps: BackupDeps, { repository, keep, report }: Wish) {
  await mkdir(repository, { recursive: true, mode: 0o700 })
  const lock = await takeLockFile(path.join(repository, 'backup.lock'), 'trackside backup')
  if (!lock.taken)
    throw new Error(`Another backup into ${repository} is running, process ${lock.holder.pid}`)
  const client = await deps.pool.connect()
  let broken: Error | undefined
  try {
    const folder = await writeBackup(deps, client, { repository, report })
    if (keep !== undefined) await removeOld(repository, { keep, report })
    return folder
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    client.release(broken)
    await lock.release()
  }
}

async function writeBackup(
  { objectsDir, isOmitted, modelsDir, version }: BackupDeps,
  client: pg.PoolClient,
  { repository, report }: Omit<Wish, 'keep'>,
): Promise<{ folder: string; manifest: Manifest }> {
  const before = await listBackups(repository)
  const broken = (await readdir(repository)).filter((name) => name.startsWith(PARTIAL))
  const draft = path.join(repository, `${PARTIAL}${process.pid}-${Date.now()}`)
  await mkdir(path.join(draft, 'tables'), { recursive: true, mode: 0o700 })

  // What the last backup has, or one that was killed, is not copied again.
  const earlier = [...before.slice(-1), ...broken].map((name) => path.join(repository, name))
  const mirrorFiles = async (from: string, what: string) => {
    const progress = startProgress(what, report)
    const twins = earlier.map((folder) => path.join(folder, what))
    await mirrorTree({
      from,
      to: path.join(draft, what),
      twins,
      isOmitted,
      onFile: progress.onFile,
    })
    progress.end()
  }
  await mirrorFiles(modelsDir, 'models')
  if (objectsDir) await mirrorFiles(objectsDir, 'objects')

  const takenAt = await beginSnapshot(client)
  const tables = []
  for (const table of await findTables(client)) {
    const written = await writeTable(client, { folder: draft, ...table, sql: copyOut(table) })
    if (written.rows > 0) report(`table ${written.name}: ${written.rows} rows`)
    tables.push(written)
  }
  const openJobs = { name: 'open_job', columns: JOB_COLUMNS, sql: COPY_OPEN_JOBS }
  const jobs = await writeTable(client, { folder: draft, ...openJobs })
  const rest = {
    postgres: await findServerVersion(client),
    migrations: await findMigrations(client),
    sequences: await findSequences(client),
  }
  await client.query('rollback')
  // What came while the first round was under way, up to the instant and a little more.
  if (objectsDir) await mirrorFiles(objectsDir, 'objects')

  const manifest: Manifest = {
    ...{ format: FORMAT, version, takenAt: takenAt.toISOString(), ...rest, tables, jobs },
    objects: objectsDir ? await measureTree(path.join(draft, 'objects')) : null,
    models: await measureTree(path.join(draft, 'models')),
  }
  await using file = await open(path.join(draft, MANIFEST), 'wx', 0o600)
  await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
  await file.sync()
  for (const folder of [path.join(draft, 'tables'), draft]) await syncFolder(folder)
  const folder = path.join(repository, takenAt.toISOString().replaceAll(/[:.]/g, '-'))
  await rename(draft, folder)
  await syncFolder(repository)
  for (const name of broken) await rm(path.join(repository, name), { recursive: true })
  return { folder, manifest }
}

/** Names of the whole backups of a folder, oldest first. */
export async function listBackups(repository: string): Promise<string[]> {
  return (await readdir(repository)).filter((name) => NAME.test(name)).sort()
}

async function removeOld(
  repository: string,
  { keep, report }: { keep: number; report: Wish['report'] },
) {
  for (const name of (await listBackups(repository)).slice(0, -keep)) {
    // Renamed first: half removed, it must not be taken for a backup.
    const doomed = path.join(repository, `${PARTIAL}removed-${name}`)
    await rename(path.join(repository, name), doomed)
    await rm(doomed, { recursive: true })
    report(`removed ${name}`)
  }
}

const EVERY_MS = 5000

/** A line now and then, and one at the end if there was anything. */
export function startProgress(what: string, report: (line: string) => void) {
  const done = { files: 0, copied: 0, bytes: 0 }
  const tell = () =>
    report(
      `${what}: ${done.files} files, ${done.copied} of them copied (${megabytes(done.bytes)} MB)`,
    )
  let next = Date.now() + EVERY_MS
  return {
    onFile({ bytes, isNew }: { bytes: number; isNew: boolean }) {
      done.files++
      if (isNew) {
        done.copied++
        done.bytes += bytes
      }
      if (Date.now() < next) return
      next = Date.now() + EVERY_MS
      tell()
    },
    end() {
      if (done.files > 0) tell()
    },
  }
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
