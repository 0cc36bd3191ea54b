import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  cp,
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
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readProcessStart } from '../../lib/process-identity.ts'
import { type EmbeddedPostgres, findRunningPostgres, startPostgres } from './start-postgres.ts'

const isRoot = process.getuid?.() === 0
const folders: string[] = []
const children: ChildProcess[] = []
let template: string

beforeAll(async () => {
  template = await newDataFolder()
  folders.pop() // stays for all tests
  await (await startPostgres({ dataDir: template })).stop()
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) await stopAndRemove(folder)
})

afterAll(() => stopAndRemove(path.dirname(template)))

test('a database is made, keeps its rows over a restart, and is stopped without leaving a process', async () => {
  const dataDir = await newDataFolder()
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
  const server = await startPostgres({ dataDir: await newDataFolder({ from: template }) })
  const folder = await stat(server.connection.host)
  expect(folder.mode & 0o777).toBe(0o700)
  expect(folder.uid === 0).toBe(false)
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

test('of several callers at once, in this process and another, one starts the server and the others attach', async () => {
  const dataDir = await newDataFolder()
  const elsewhere = startElsewhere(dataDir)
  const here = await Promise.all([1, 2, 3].map(() => startPostgres({ dataDir })))
  const other = await elsewhere
  expect(new Set([...here.map(({ pid }) => pid), other.pid]).size).toBe(1)
  expect([...here, other].filter(({ attached }) => !attached)).toHaveLength(1)
})

test('a server whose parent was killed is found again, attached to and stopped', async () => {
  const dataDir = await newDataFolder({ from: template })
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
  const dataDir = await newDataFolder({ from: template })
  const { child, pid } = await startElsewhere(dataDir, { detached: true })
  process.kill(-child.pid!, 'SIGINT') // as a terminal does: to the whole process group
  await once(child, 'exit')
  expect(await isAlive(pid)).toBe(true)
  expect((await findRunningPostgres(dataDir))?.pid).toBe(pid)
})

test('a server that was killed starts again with every committed row, even if its pid was given to another program', async () => {
  const dataDir = await newDataFolder({ from: template })
  const server = await startPostgres({ dataDir })
  await ask(server, 'create table mark as select 7 as number')
  process.kill(server.pid, 'SIGKILL')
  await expect.poll(() => findRunningPostgres(dataDir), { timeout: 5_000 }).toBeUndefined()
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

test('a database that was left half made is made again', async () => {
  const dataDir = await newDataFolder()
  await mkdir(path.join(dataDir, 'cluster.new/base'), { recursive: true })
  await writeFile(path.join(dataDir, 'cluster.new/PG_VERSION'), '18\n')
  const server = await startPostgres({ dataDir })
  expect(await ask(server, 'select 1 as answer')).toEqual({ answer: 1 })
  expect(await readdir(dataDir)).not.toContain('cluster.new')
})

test('a path too long for a socket gets one in the temporary folder, removed with the server', async () => {
  const dataDir = await newDataFolder({ from: template, name: 'long'.repeat(25) })
  const server = await startPostgres({ dataDir })
  const { host } = server.connection
  expect(host.length).toBeLessThan(90)
  expect((await stat(host)).mode & 0o777).toBe(0o700)
  expect(await ask(server, 'select 1 as answer')).toEqual({ answer: 1 })
  await server.stop()
  await expect(stat(host)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a server that cannot start says why', async () => {
  const dataDir = await newDataFolder({ from: template })
  await rm(path.join(dataDir, 'cluster/global'), { recursive: true })
  await expect(startPostgres({ dataDir })).rejects.toThrow(/ended while starting: .*pg_control/s)
})

test('a database of another major version is refused by name', async () => {
  const dataDir = await newDataFolder({ from: template })
  await writeFile(path.join(dataDir, 'cluster/PG_VERSION'), '15\n')
  await expect(startPostgres({ dataDir })).rejects.toThrow('is of PostgreSQL 15')
})

test.runIf(isRoot)('root is told which folder its database user cannot enter', async () => {
  const dataDir = await newDataFolder()
  await chmod(path.dirname(dataDir), 0o700)
  const start = startPostgres({ dataDir })
  await expect(start).rejects.toThrow(`cannot enter ${path.dirname(await realpath(dataDir))}:`)
})

/**
 * A data folder yet to be made, or a copy of one with a database, which is quicker. As root the server runs as `nobody`,
 * whom mkdtemp's 0700 would keep out.
 */
async function newDataFolder({ from, name = 'data' }: { from?: string; name?: string } = {}) {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'postgres-'))
  folders.push(folder)
  if (isRoot) await chmod(folder, 0o711)
  const dataDir = path.join(folder, name)
  if (from) await cp(from, dataDir, { recursive: true })
  return dataDir
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
