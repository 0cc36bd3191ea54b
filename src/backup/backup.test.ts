import { rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { Type } from 'typebox'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createDatabase, MIGRATIONS } from '../../test/test-deps.ts'
import { createPool, openDb } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { isFaceFile } from '../faces/index.ts'
import { defineJob } from '../jobs/define-job.ts'
import { openQueue } from '../jobs/queue.ts'
import { backUp, readManifest } from './index.ts'
import { mirrorTree } from './mirror-tree.ts'
import { assertRestorable, restoreJobs, restoreRows } from './restore.ts'

const report = () => {}
const closers: (() => Promise<unknown>)[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trackside-backup-'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
afterAll(() => rm(folder, { recursive: true }))

async function openPool() {
  const pool = createPool({ ...(await createDatabase()), max: 3 })
  closers.push(() => pool.end())
  return pool
}

const job = defineJob({
  name: 'test.later',
  input: Type.Object({ eventId: Type.Integer(), photoId: Type.String() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 2, delaySeconds: 1 },
  run: async () => {},
})

async function openJobs(pool: pg.Pool) {
  const onError = (error: unknown) => console.error(error)
  const queue = await openQueue({ pool }, { jobs: [job], supervise: false, onError })
  closers.push(() => queue.stop())
  return queue
}

const depsOf = (pool: pg.Pool) => ({
  pool,
  objectsDir: join(folder, 'objects'),
  isOmitted: isFaceFile,
  modelsDir: join(folder, 'models'),
  version: '0.0.1',
})

const PHOTO = '01990000-0000-7000-8000-000000000001'
const addRows = async (pool: pg.Pool) => {
  await pool.query(
    `insert into event (org_id, name, slug, stamp_recipe) values (1, 'Tab\t, \\ and ✓', 'run', '')`,
  )
  await pool.query(
    `insert into photo (event_id, id, file_name, sha256, bytes, status, added_at) values (1, $1, 'a', '\\x00ff', 1, 'done', now())`,
    [PHOTO],
  )
  await pool.query(
    `insert into face (event_id, photo_id, score, quality, box, landmarks, embedding, model)
     values (1, $1, 0.1, 0.5, '{1,2,3,4}', '{0.1}', '\\x0001fe', 'm')`,
    [PHOTO],
  )
}

test('a backup of an older schema is restored by a newer program, which then migrates it', async () => {
  const old = await openPool()
  await migrate(old, { directory: MIGRATIONS, upTo: '0004-console.sql' })
  await addRows(old)
  const queue = await openJobs(old)
  const inputs = [{ eventId: 1, photoId: PHOTO }]
  await queue.enqueue(openDb(old), job, inputs, { behind: 7 })
  const { folder: backup, manifest } = await backUp(depsOf(old), {
    repository: join(folder, 'a'),
    report,
  })
  expect(manifest.migrations.at(-1)?.name).toBe('0004-console.sql')
  await assertRestorable({ folder: backup, manifest }, { migrations: MIGRATIONS })

  const pool = await openPool()
  await restoreRows(pool, { folder: backup, manifest }, { migrations: MIGRATIONS, report })
  const { rows } = await pool.query(
    'select name, face_models from event join photo on event_id = event.id',
  )
  expect(rows).toEqual([{ name: 'Tab\t, \\ and ✓', face_models: ['dlib-resnet-v1'] }])
  // Counted once: by the table that was copied, not by its trigger again.
  const counts = await pool.query(
    'select list, sum(photos)::int as photos from photo_count group by 1 order by 1',
  )
  expect(counts.rows).toEqual([
    { list: 'done', photos: 1 },
    { list: 'untimed', photos: 1 },
  ])
  const { rows: faces } = await pool.query(
    'select embedding, written_in < pg_snapshot_xmax(pg_current_snapshot()) as past from face',
  )
  expect(faces).toEqual([{ embedding: Buffer.from([0, 1, 0xfe]), past: true }])
  await pool.query(
    `insert into event (org_id, name, slug, stamp_recipe) values (1, 'Next', 'next', '')`,
  )
  expect((await pool.query('select max(id) from event')).rows).toEqual([{ max: 2 }])

  const restoring = await openJobs(pool)
  const deps = { pool, restore: restoring.restore }
  expect(await restoreJobs(deps, { folder: backup, manifest })).toBe(1)
  expect(await restoring.findWaiting([PHOTO])).toEqual(new Set([PHOTO]))
  const priorities = await pool.query(`select priority from pgboss.job where name = 'test.later'`)
  expect(priorities.rows).toEqual([{ priority: -7 }])
})

test('a database that holds something is not restored into, and a backup of a newer program is refused', async () => {
  const pool = await openPool()
  await migrate(pool, { directory: MIGRATIONS })
  await openJobs(pool)
  await addRows(pool)
  const { folder: backup, manifest } = await backUp(depsOf(pool), {
    repository: join(folder, 'b'),
    report,
  })
  const restoring = restoreRows(
    pool,
    { folder: backup, manifest },
    { migrations: MIGRATIONS, report },
  )
  await expect(restoring).rejects.toThrow('The database is in use')

  const migrations = [...manifest.migrations, { name: '9999-later.sql', sha256: '' }]
  const newer = { folder: backup, manifest: { ...manifest, migrations } }
  await expect(assertRestorable(newer, { migrations: MIGRATIONS })).rejects.toThrow('newer')
})

test('a restore that fails leaves the database as unused as it was: the next one succeeds', async () => {
  const source = await openPool()
  await migrate(source, { directory: MIGRATIONS })
  await openJobs(source)
  await addRows(source)
  const { folder: backup, manifest } = await backUp(depsOf(source), {
    repository: join(folder, 'c'),
    report,
  })
  const wrong = manifest.tables.map((table) =>
    table.name === 'face' ? { ...table, rows: 2 } : table,
  )
  const pool = await openPool()
  const restore = (tables = manifest.tables) =>
    restoreRows(
      pool,
      { folder: backup, manifest: { ...manifest, tables } },
      { migrations: MIGRATIONS, report },
    )
  await expect(restore(wrong)).rejects.toThrow('face.copy.zst has 1 rows instead of 2')
  expect((await pool.query('select from event')).rowCount).toBe(0)
  await restore()
  expect((await pool.query('select from face')).rowCount).toBe(1)
})

test('a second backup into a folder at the same time is refused; what a killed one left is used and removed', async () => {
  const pool = await openPool()
  await migrate(pool, { directory: MIGRATIONS })
  await openJobs(pool)
  await mkdir(join(folder, 'objects/events'), { recursive: true })
  await writeFile(join(folder, 'objects/events/one'), 'photo')
  const repository = join(folder, 'd')
  const left = join(repository, '.partial-1-1')
  await mirrorTree({ from: join(folder, 'objects'), to: join(left, 'objects') })
  const { ino } = await stat(join(left, 'objects/events/one'))

  const both = await Promise.allSettled(
    [1, 2].map(() => backUp(depsOf(pool), { repository, report })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const [name, ...others] = await readdir(repository)
  expect(others).toEqual([])
  expect((await stat(join(repository, name ?? '', 'objects/events/one'))).ino).toBe(ino)
  const manifest = await readManifest(join(repository, name ?? ''))
  expect(manifest.objects).toEqual({ files: 1, bytes: 5 })
})

test('a file that comes after the first round and before the rows are read is in the backup', async () => {
  const pool = await openPool()
  await migrate(pool, { directory: MIGRATIONS })
  await openJobs(pool)
  await mkdir(join(folder, 'objects'), { recursive: true })
  await writeFile(join(folder, 'objects/first'), 'photo')
  const { folder: backup } = await backUp(depsOf(pool), {
    repository: join(folder, 'e'),
    report: (line) => {
      if (line.startsWith('objects')) writeFileSync(join(folder, 'objects/second'), 'photo')
      if (line.startsWith('table')) rmSync(join(folder, 'objects/first'), { force: true })
    },
  })
  expect(await readdir(join(backup, 'objects'))).toEqual(
    expect.arrayContaining(['first', 'second']),
  )
})

test('packed faces, which only the running database can use, are not saved', async () => {
  const pool = await openPool()
  await migrate(pool, { directory: MIGRATIONS })
  await openJobs(pool)
  await addRows(pool)
  await pool.query(
    `insert into face_file (event_id, model, revision, horizon, cluster, faces) values (1, 'm', $1, '1', '', 1)`,
    [PHOTO],
  )
  await mkdir(join(folder, 'objects/events/1/faces'), { recursive: true })
  await writeFile(join(folder, 'objects/events/1/faces/m-1'), 'faces')
  await writeFile(join(folder, 'objects/events/1/photo'), 'photo')
  const repository = join(folder, 'f')
  const { folder: backup, manifest } = await backUp(depsOf(pool), { repository, report })
  expect(await readdir(join(backup, 'objects/events/1'))).toEqual(['photo'])
  const other = await openPool()
  await restoreRows(other, { folder: backup, manifest }, { migrations: MIGRATIONS, report })
  expect((await other.query('select from face_file')).rowCount).toBe(0)
  expect((await other.query('select from face')).rowCount).toBe(1)
})

test('a tree is mirrored with its times, without drafts, and again when a file was replaced', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  await mkdir(join(from, 'a/b'), { recursive: true })
  await mkdir(join(from, '.temporary'))
  await writeFile(join(from, 'a/b/one'), 'one')
  await writeFile(join(from, '.temporary/draft'), 'draft')
  const seen: boolean[] = []
  const onFile = ({ isNew }: { isNew: boolean }) => seen.push(isNew)
  await mirrorTree({ from, to, onFile })
  await mirrorTree({ from, to, onFile })
  expect(seen).toEqual([true, false])
  expect(await readdir(to)).toEqual(['a'])
  const times = await Promise.all([from, to].map((tree) => stat(join(tree, 'a/b/one'))))
  expect(Math.abs((times[1]?.mtimeMs ?? 0) - (times[0]?.mtimeMs ?? 0))).toBeLessThan(2)
  await writeFile(join(from, 'a/b/one'), 'other')
  await mirrorTree({ from, to, onFile })
  expect(await readFile(join(to, 'a/b/one'), 'utf8')).toBe('other')
})
