import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  assertRestorable,
  checkOriginals,
  listBackups,
  MANIFEST,
  type Manifest,
  mirrorTree,
  readManifest,
  restoreJobs,
  restoreRows,
  startProgress,
  syncFolder,
} from '../../backup/index.ts'
import type { Config } from '../../config.ts'
import { openContext } from '../../context.ts'
import { createPool } from '../../db/connect.ts'
import { startPostgres } from '../../db/embedded/start-postgres.ts'
import { readDatabaseUrl } from '../../db/read-database-url.ts'
import { lockDataFolder } from '../../lib/data-lock.ts'
import { followUps } from '../../pipeline.ts'
import { verify } from '../../verify/index.ts'
import { MIGRATIONS, restoringFolder } from '../open-database.ts'

type Backup = { folder: string; manifest: Manifest }

/** What a system keeps in its data folder; the order in which it is put in place: the database makes it one. */
const PARTS = ['models', 'objects', 'uploads', 'postgres']

const report = (line: string) => console.error(line)

/** Restores into a folder within the data folder, checks it, and moves its parts to their places. */
export async function restoreBackup(
  config: Config,
  source: string,
  { json }: { json?: boolean },
): Promise<void> {
  const backup = await findBackup(source)
  const { manifest } = backup
  const isInBucket = manifest.objects === null
  if (isInBucket && !config.s3)
    throw new Error('The photos of this backup lie in a bucket: name it in TRACKSIDE_S3_BUCKET')
  if (!isInBucket && config.s3)
    throw new Error(
      'This backup has the photos in it: restore it without TRACKSIDE_S3_BUCKET, then copy them into the bucket',
    )
  const lock = await lockDataFolder(config.dataDir, 'trackside restore')
  try {
    await assertEmpty(config.dataDir)
    report(`Restoring ${backup.folder}, taken ${manifest.takenAt} by trackside ${manifest.version}`)
    await assertRestorable(backup, { migrations: MIGRATIONS })
    const staging = restoringFolder(config)
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    const result = await fill(config, staging, backup)
    await moveParts(staging, config.dataDir)
    console.log(
      `Restored ${result.photos} photos and ${result.objects} objects; ${result.checked} originals compared with their hashes.`,
    )
    if (result.damaged > 0)
      console.log(`${result.damaged} originals are missing or damaged: the lines above name them.`)
    if (json) console.log(JSON.stringify(result))
    if (result.damaged > 0) process.exitCode = 1
  } finally {
    await lock.release()
  }
}

async function findBackup(source: string): Promise<Backup> {
  const names = await readdir(source).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`There is no folder ${source}`) : error
  })
  const newest = names.includes(MANIFEST) ? '.' : (await listBackups(source)).at(-1)
  if (!newest) throw new Error(`There is no backup in ${source}`)
  const folder = path.join(source, newest)
  return { folder, manifest: await readManifest(folder) }
}

async function assertEmpty(dataDir: string) {
  const taken = (await readdir(dataDir)).filter((name) => PARTS.includes(name))
  if (taken.length === 0) return
  throw new Error(
    `The data folder ${dataDir} has a system in it (${taken.join(', ')}), which a restore does not overwrite: move it away, or choose another folder with TRACKSIDE_DATA`,
  )
}

async function fill(config: Config, staging: string, { folder, manifest }: Backup) {
  const { databaseUrl } = config.secrets
  const server = databaseUrl
    ? undefined
    : await startPostgres({ dataDir: path.join(staging, 'postgres') })
  const connection = server?.connection ?? readDatabaseUrl(databaseUrl ?? '', 'DATABASE_URL')
  try {
    const pool = createPool({ ...connection, max: 2 })
    try {
      await restoreRows(pool, { folder, manifest }, { migrations: MIGRATIONS, report })
    } finally {
      await pool.end()
    }
    for (const part of ['models', 'objects']) {
      const progress = startProgress(part, report)
      const [from, to] = [path.join(folder, part), path.join(staging, part)]
      await mirrorTree({ from, to, onFile: progress.onFile })
      progress.end()
    }
    return await finish({ ...config, dataDir: staging }, connection, { folder, manifest })
  } finally {
    await server?.stop()
  }
}

/** Gives the workers what waited, has what is missing made again, and compares every original with its hash. */
async function finish(
  config: Config,
  connection: Parameters<typeof openContext>[1]['connection'],
  backup: Backup,
) {
  const context = await openContext(config, { role: 'tool', connection })
  const { db, pool, store, queue } = context
  try {
    const jobs = await restoreJobs({ pool, restore: queue.restore }, backup)
    if (jobs > 0) report(`jobs: ${jobs} wait for the next start`)
    const { hasOpenJobs, findWaiting } = queue
    const deps = { db, store, hasOpenJobs, findWaiting, ...followUps(queue.enqueue) }
    const { photos, objects } = await verify(deps, { repair: true, report })
    return { photos, objects, ...(await checkOriginals({ pool, store }, report)) }
  } finally {
    await context.close()
  }
}

async function moveParts(staging: string, dataDir: string) {
  const made = await readdir(staging)
  for (const part of PARTS.filter((name) => made.includes(name)))
    await rename(path.join(staging, part), path.join(dataDir, part))
  await rm(staging, { recursive: true })
  await syncFolder(dataDir)
}
