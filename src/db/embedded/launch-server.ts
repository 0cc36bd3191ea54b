import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import { type Layout, PORT } from './layout.ts'
import { findServerProcess, type ServerProcess } from './running-server.ts'
import { commandAs, type ServerUser } from './server-user.ts'

/** A start takes 0.04 s, 1 s after a crash; repairing the most that may be unwritten (1 GB of log) takes minutes. */
const READY_TIMEOUT_MS = 300_000

/** For a small machine that runs the recognition too. On the command line: a changed setting needs no changed file. */
const SETTINGS = {
  listen_addresses: '', // the socket alone
  unix_socket_permissions: '0700',
  shared_buffers: '128MB',
  max_connections: '100',
  fsync: 'on',
  jit: 'off', // costs more than our short queries take
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The log goes to one file for the whole run: no row contents, no statements, no routine lines.
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

type Launch = { bin: string; user: ServerUser; socketFolder: string }

/** How long queries may go on whose server was killed: they end by themselves, and hold the data until then. */
const ORPHANED_QUERIES_MS = 60_000

/**
 * Starts the server and waits until it accepts connections. It is a session of its own, so that Ctrl-C in the terminal
 * reaches us alone and we end it in order; and it outlives us if we are killed.
 * @throws Error with the end of the server's log when it does not start.
 */
export async function launchServer(layout: Layout, launch: Launch): Promise<ServerProcess> {
  for (const end = Date.now() + ORPHANED_QUERIES_MS; ; await sleep(500)) {
    try {
      return await tryLaunch(layout, launch)
    } catch (error) {
      const isHeld = error instanceof Error && error.message.includes('is still in use')
      if (!isHeld || Date.now() > end) throw error
    }
  }
}

async function tryLaunch(layout: Layout, launch: Launch): Promise<ServerProcess> {
  await removeStalePidFile(layout)
  await rename(layout.log, `${layout.log}.1`).catch(ignoreMissing)
  const child = await spawnServer(layout, launch)
  const finished = new AbortController()
  const { signal } = finished
  try {
    const ended = once(child, 'exit', { signal }).then(() => undefined)
    const server = await Promise.race([ended, waitUntilReady(layout, signal)])
    if (server) return server
    throw new Error(`The PostgreSQL server ended while starting: ${await readEnd(layout.log)}`)
  } catch (error) {
    child.kill('SIGQUIT')
    throw error
  } finally {
    finished.abort()
    child.unref()
  }
}

/** The server that is there, once it is ready; undefined when there is none, or when it was just ending. */
export async function waitWhileUnready(layout: Layout): Promise<ServerProcess | undefined> {
  for (const end = Date.now() + READY_TIMEOUT_MS; Date.now() < end; await sleep(10)) {
    const server = await findServerProcess(layout)
    if (!server || server.isReady) return server
  }
  throw await notReady(layout)
}

async function waitUntilReady(layout: Layout, signal: AbortSignal): Promise<ServerProcess> {
  const end = Date.now() + READY_TIMEOUT_MS
  for (; Date.now() < end; await sleep(10, undefined, { signal })) {
    const server = await findServerProcess(layout)
    if (server?.isReady) return server
  }
  throw await notReady(layout)
}

async function notReady({ log }: Layout) {
  const seconds = READY_TIMEOUT_MS / 1000
  return new Error(`The PostgreSQL server is not ready after ${seconds} s: ${await readEnd(log)}`)
}

async function spawnServer(
  layout: Layout,
  { bin, user, socketFolder }: Launch,
): Promise<ChildProcess> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const args = ['-D', layout.cluster, '-p', String(PORT), '-k', socketFolder, ...settings]
  // A file, not a pipe: a pipe would lose its reader with this process. New: the old one was renamed.
  await using log = await open(layout.log, 'wx', 0o600)
  const stdio = ['ignore', log.fd, log.fd] as const
  const server = commandAs(user, path.join(bin, 'postgres'), args)
  const options = { ...server.options, cwd: layout.dataDir, detached: true, stdio: [...stdio] }
  const child = spawn(server.file, server.args, options)
  child.on('error', () => {}) // also thrown where the end is awaited
  return child
}

const readEnd = async (file: string) => (await readFile(file, 'utf8')).trim().slice(-2000)

/** PostgreSQL refuses to start while the pid in its file is taken, by whatever program: in containers it often is. */
async function removeStalePidFile({ cluster }: Layout): Promise<void> {
  await rm(path.join(cluster, 'postmaster.pid'), { force: true })
}

function ignoreMissing(error: unknown) {
  if (errorCodeOf(error) !== 'ENOENT') throw error
}
