import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readProcessStart } from '../../lib/process-identity.ts'
import { type EmbeddedPostgres, findRunningPostgres, startPostgres } from './start-postgres.ts'

const isRoot = process.getuid?.() === 0
const hasNamespaces = spawnSync('unshare', ['--user', 'true']).status === 0
/** Any user but root and `nobody`; need not exist. */
const SOMEBODY = 12345

const folders: string[] = []
const children: ChildProcess[] = []

/** Making a database takes seconds: all tests use this one. Each finds it stopped, and may leave it running. */
let dataDir: string
let firstStarts: { attached: boolean; pid: number }[]

beforeAll(async () => {
  dataDir = path.join(await newFolder(), 'data')
  folders.pop() // stays for all tests
  await mkdir(path.join(dataDir, 'cluster.new/base'), { recursive: true })
  await writeFile(path.join(dataDir, 'cluster.new/PG_VERSION'), '18\n')
  firstStarts = await Promise.all([
    startElsewhere(dataDir),
    ...[1, 2, 3].map(() => startPostgres({ dataDir })),
  ])
  await endAll()
})

afterEach(endAll)

afterAll(() => stopAndRemove(path.dirname(dataDir)))

test('of several first callers, in this process and another, one makes and starts it and the others attach', () => {
  expect(new Set(firstStarts.map(({ pid }) => pid)).size).toBe(1)
  expect(firstStarts.filter(({ attached }) => !attached)).toHaveLength(1)
})

test('a database that was left half made is made again', async () => {
  expect(await readdir(dataDir)).not.toContain('cluster.new')
  expect(await readdir(path.join(dataDir, 'cluster'))).toContain('postgresql.conf')
})

test('rows are kept over a restart, and a stopped server leaves no process', async () => {
  const first = await startPostgres({ dataDir })
  expect(first.attached).toBe(false)
  await ask(first, `create table note as select 'grüße' as text`)
  await first.stop()
  expect(await findRunningPostgres(dataDir)).toBeUndefined()
  expect(await isAlive(first.pid)).toBe(false)

  const second = await startPostgres({ dataDir })
  expect(await ask(second, 'select text from note')).toEqual({ text: 'grüße' })
  await second.stop()
  await second.stop()
})

test('the server listens on a socket that other users cannot reach, in UTF-8 and byte order', async () => {
  const server = await startPostgres({ dataDir })
  const folder = await stat(server.connection.host)
  expect(folder.mode & 0o777).toBe(0o700)
  expect(folder.uid).toBe((await stat(path.join(dataDir, 'cluster'))).uid)
  const setting = (name: string) => `current_setting('${name}') as ${name}`
  const names = [
    'listen_addresses',
    'server_encoding',
    'fsync',
    'jit',
    'timezone',
    'shared_buffers',
  ]
  expect(await ask(server, `select ${names.map(setting).join(', ')}`)).toEqual({
    listen_addresses: '',
    server_encoding: 'UTF8',
    fsync: 'on',
    jit: 'off',
    timezone: 'UTC',
    shared_buffers: '128MB',
  })
  expect(await ask(server, `select 'Z' < 'a' as is_byte_order`)).toEqual({ is_byte_order: true })
})

test('a server whose parent was killed is found again, attached to and stopped', async () => {
  const { child, pid } = await startElsewhere(dataDir)
  child.kill('SIGKILL')
  await once(child, 'exit')

  const found = await findRunningPostgres(dataDir)
  expect(found).toMatchObject({ pid, attached: true })
  const server = await startPostgres({ dataDir })
  expect(server).toMatchObject({ pid, attached: true })
  expect(await ask(server, 'select 1 as answer')).toEqual({ answer: 1 })
  await server.stop()
  expect(await isAlive(pid)).toBe(false)
})

test('Ctrl-C in the terminal reaches the program alone, the server goes on', async () => {
  const { child, pid } = await startElsewhere(dataDir, { detached: true })
  process.kill(-child.pid!, 'SIGINT') // as a terminal does: to the whole process group
  await once(child, 'exit')
  expect(await isAlive(pid)).toBe(true)
  expect((await findRunningPostgres(dataDir))?.pid).toBe(pid)
})

test('a server that was killed starts again with every committed row, even if its pid was given to another program', async () => {
  const server = await startPostgres({ dataDir })
  await ask(server, 'create table mark as select 7 as number')
  process.kill(server.pid, 'SIGKILL')
  await expect.poll(() => findRunningPostgres(dataDir)).toBeUndefined()
  const pidFile = path.join(dataDir, 'cluster/postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  // A program of the same user: PostgreSQL itself ignores the pids of others.
  const { uid, gid } = await stat(path.join(dataDir, 'cluster'))
  const program = spawn('sleep', ['30'], { uid, gid, stdio: 'ignore' })
  children.push(program)
  await writeFile(pidFile, [program.pid, ...lines.slice(1)].join('\n'))

  const again = await startPostgres({ dataDir })
  expect(again.attached).toBe(false)
  expect(await ask(again, 'select number from mark')).toEqual({ number: 7 })
})

test('a path too long for a socket gets one in the temporary folder, removed with the server', async () => {
  const far = path.join(await newFolder(), 'long'.repeat(25))
  await copyFolder(dataDir, far)
  const server = await startPostgres({ dataDir: far })
  const { host } = server.connection
  expect(host.length).toBeLessThan(90)
  expect((await stat(host)).mode & 0o777).toBe(0o700)
  expect(await ask(server, 'select 1 as answer')).toEqual({ answer: 1 })
  await server.stop()
  await expect(stat(host)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a server that cannot start says why', async () => {
  const broken = await newFolderWithCluster(await readVersion())
  await writeFile(path.join(broken, 'cluster/postgresql.conf'), 'no_such_setting = 1\n')
  const start = startPostgres({ dataDir: broken })
  await expect(start).rejects.toThrow(/ended while starting: .*no_such_setting/s)
})

test('a database of another major version is refused by name', async () => {
  const old = await newFolderWithCluster('15')
  await expect(startPostgres({ dataDir: old })).rejects.toThrow('is of PostgreSQL 15')
})

test.runIf(isRoot && hasNamespaces)(
  "as root the database stays root's and runs in a folder that is closed to all others",
  async () => {
    expect((await stat(path.dirname(dataDir))).mode & 0o777).toBe(0o700)
    const server = await startPostgres({ dataDir })
    expect((await stat(path.join(dataDir, 'cluster/postmaster.pid'))).uid).toBe(0)
    // The rights of root's files are left to it, none of root's capabilities.
    expect(await readFile(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^CapEff:\s+0+$/m)
  },
)

test.runIf(isRoot)('as root the server runs as the other user who owns its folder', async () => {
  const theirs = path.join(await newFolder(), 'data')
  await copyFolder(dataDir, theirs)
  await chmod(path.dirname(theirs), 0o711)
  await chown(theirs, SOMEBODY, SOMEBODY)
  const server = await startPostgres({ dataDir: theirs })
  expect((await stat(`/proc/${server.pid}`)).uid).toBe(SOMEBODY)
  expect((await stat(path.join(theirs, 'cluster/base'))).uid).toBe(SOMEBODY)
  expect((await stat(server.connection.host)).uid).toBe(SOMEBODY)
  expect(await ask(server, 'select 1 as answer')).toEqual({ answer: 1 })
})

test.runIf(isRoot)('root is told which folder the other user cannot enter', async () => {
  const folder = await newFolder()
  await chmod(folder, 0o700)
  const theirs = path.join(folder, 'data')
  await mkdir(theirs)
  await chown(theirs, SOMEBODY, SOMEBODY)
  const start = startPostgres({ dataDir: theirs })
  await expect(start).rejects.toThrow(
    `user ${SOMEBODY}, whom it runs as instead, cannot enter ${folder}:`,
  )
})

/** Removed after the test, after the server of any folder in it is stopped. Ours alone, where the server can be ours. */
async function newFolder() {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'postgres-'))
  folders.push(folder)
  if (isRoot && !hasNamespaces) await chmod(folder, 0o711)
  return folder
}

/** A data folder whose database is but a version and what the test adds. */
async function newFolderWithCluster(version: string) {
  const folder = path.join(await newFolder(), 'data')
  await mkdir(path.join(folder, 'cluster'), { recursive: true, mode: isRoot ? 0o711 : 0o700 })
  await chmod(path.join(folder, 'cluster'), 0o700)
  await writeFile(path.join(folder, 'cluster/PG_VERSION'), `${version}\n`)
  return folder
}

const readVersion = async () =>
  (await readFile(path.join(dataDir, 'cluster/PG_VERSION'), 'utf8')).trim()

/** Three times as fast as `fs.cp` for the 1,000 files of a database. The copy is ours. */
async function copyFolder(from: string, to: string) {
  await promisify(execFile)('cp', ['-R', from, to])
}

async function endAll() {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await (await findRunningPostgres(dataDir))?.stop()
  for (const folder of folders.splice(0)) await stopAndRemove(folder)
}

async function stopAndRemove(folder: string) {
  for (const name of await readdir(folder)) {
    await (await findRunningPostgres(path.join(folder, name)))?.stop()
  }
  await rm(folder, { recursive: true, force: true })
}

type Elsewhere = { child: ChildProcess; pid: number; attached: boolean }

/** Starts the server from a process of its own, which then waits to be killed. */
async function startElsewhere(dataDir: string, { detached = false } = {}): Promise<Elsewhere> {
  const module = JSON.stringify(fileURLToPath(new URL('start-postgres.ts', import.meta.url)))
  const program = `
    const { startPostgres } = await import(${module})
    const { pid, attached } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    process.stdout.write(JSON.stringify({ pid, attached }))
    setTimeout(() => {}, 30_000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached,
  })
  children.push(child)
  const [told] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(25_000) })
  return { child, ...JSON.parse(String(told)) }
}

async function ask({ connection }: EmbeddedPostgres, sql: string): Promise<unknown> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query(sql)).rows[0]
  } finally {
    await client.end()
  }
}

/** A zombie is not: who adopted the orphan may never reap it. */
const isAlive = async (pid: number) => (await readProcessStart(pid)) !== undefined
