import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPool } from './connect.ts'
import { type EmbeddedPostgres, startPostgres } from './embedded/start-postgres.ts'
import { migrate } from './migrate.ts'

let folder: string
let server: EmbeddedPostgres
let admin: pg.Pool
let pool: pg.Pool
let directory: string
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(path.join(await realpath(tmpdir()), 'migrate-'))
  await chmod(folder, 0o711) // as root the server is another user, who has to pass through
  server = await startPostgres({ dataDir: path.join(folder, 'data') })
  admin = createPool(server.connection)
})

afterAll(async () => {
  await admin?.end()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  count++
  await admin.query(`create database test_${count}`)
  pool = createPool({ ...server.connection, database: `test_${count}` })
  directory = await mkdtemp(path.join(folder, 'files-'))
})

afterEach(() => pool.end())

test('files are applied once, in order, and told by name', async () => {
  await write({
    '0002-fill.sql': 'insert into a values (1)',
    '0001-make.sql': 'create table a (n int)',
  })
  await write({ 'README.md': 'not a migration' })
  expect(await migrate(pool, { directory })).toEqual(['0001-make.sql', '0002-fill.sql'])
  await write({ '0003-fill-more.sql': 'insert into a values (2); insert into a values (3)' })
  expect(await migrate(pool, { directory: pathToFileURL(directory) })).toEqual([
    '0003-fill-more.sql',
  ])
  expect(await migrate(pool, { directory })).toEqual([])
  expect(await numbers()).toEqual([1, 2, 3])
  const { rows } = await pool.query('select name, length(sha256) as hex, applied_at from migration')
  expect(rows[0]).toMatchObject({ name: '0001-make.sql', hex: 64, applied_at: expect.any(Date) })
})

test('several processes at once apply each file once', async () => {
  const fill = 'insert into a select 1 from pg_sleep(0.05)'
  await write({ '0001-make.sql': 'create table a (n int)', '0002-fill.sql': fill })
  const pools = Array.from({ length: 6 }, () => createPool(pool.options))
  try {
    const applied = await Promise.all(pools.map((one) => migrate(one, { directory })))
    expect(applied.flat().sort()).toEqual(['0001-make.sql', '0002-fill.sql'])
    expect(await numbers()).toEqual([1])
  } finally {
    await Promise.all(pools.map((one) => one.end()))
  }
})

test('a file that fails leaves no trace of itself, keeps those before it, and says where', async () => {
  const broken = 'insert into a values (2);\ninsert into b values (3)'
  await write({ '0001-make.sql': 'create table a (n int)', '0002-fill.sql': broken })
  const failure = migrate(pool, { directory })
  await expect(failure).rejects.toThrow(
    '0002-fill.sql failed at line 2: relation "b" does not exist',
  )
  expect(await numbers()).toEqual([])
  await write({ '0002-fill.sql': 'insert into a values (4)' })
  expect(await migrate(pool, { directory })).toEqual(['0002-fill.sql'])
  expect(await numbers()).toEqual([4])
})

test('a file that was changed after it was applied is refused', async () => {
  await write({ '0001-make.sql': 'create table a (n int)' })
  await migrate(pool, { directory })
  await write({
    '0001-make.sql': 'create table a (n int) ',
    '0002-fill.sql': 'insert into a values (1)',
  })
  await expect(migrate(pool, { directory })).rejects.toThrow('0001-make.sql was changed')
  expect(await numbers()).toEqual([])
})

test('a program older than the database says so', async () => {
  await write({
    '0001-make.sql': 'create table a (n int)',
    '0002-fill.sql': 'insert into a values (1)',
  })
  await migrate(pool, { directory })
  await rm(path.join(directory, '0002-fill.sql'))
  await expect(migrate(pool, { directory })).rejects.toThrow(
    'newer than this program: it has migration 0002-fill.sql, the newest known here is 0001-make.sql',
  )
})

test('a renamed file is refused', async () => {
  await write({ '0001-make.sql': 'create table a (n int)' })
  await migrate(pool, { directory })
  await rm(path.join(directory, '0001-make.sql'))
  await write({ '0001-build.sql': 'create table a (n int)' })
  await expect(migrate(pool, { directory })).rejects.toThrow(
    'where this program has 0001-build.sql',
  )
})

test.each([
  ['a gap', ['0001-a.sql', '0003-b.sql'], '0003-b.sql stands where 0002 should'],
  ['a repeated number', ['0001-a.sql', '0001-b.sql'], '0001-b.sql stands where 0002 should'],
  ['a start above 0001', ['0002-a.sql'], '0002-a.sql stands where 0001 should'],
  ['another form of name', ['0001-a.sql', '2-b.sql'], '2-b.sql is not named like NNNN-what.sql'],
])('files with %s are refused before any is applied', async (_what, names, message) => {
  await write(Object.fromEntries(names.map((name) => [name, 'create table a (n int)'])))
  await expect(migrate(pool, { directory })).rejects.toThrow(message)
  const { rows } = await pool.query("select to_regclass('a') is null as is_untouched")
  expect(rows).toEqual([{ is_untouched: true }])
})

async function write(files: Record<string, string>) {
  for (const [name, sql] of Object.entries(files)) await writeFile(path.join(directory, name), sql)
}

async function numbers() {
  const { rows } = await pool.query<{ n: number }>('select n from a order by n')
  return rows.map(({ n }) => n)
}
