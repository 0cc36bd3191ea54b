import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findSystem, killAll, type Process, waitUntilGone } from './processes.ts'

export const ROOT = join(import.meta.dirname, '../..')
/** The command to test; another one, such as that of an installed package, by TRACKSIDE_BIN. */
const TRACKSIDE = process.env.TRACKSIDE_BIN ?? join(ROOT, 'bin/trackside.js')

/** A first start takes 5 s on an idle machine. */
const READY_MS = 120_000
const STOP_MS = 60_000

/** What a process prints, as it comes. */
export type Running = {
  child: ChildProcess
  pid: number
  stdout(): string
  stderr(): string
  /** Exit code; null after a signal. */
  ended: Promise<number | null>
}

export type System = Running & {
  url: string
  /** The key that the first start prints. */
  key: string | undefined
  dataDir: string
  /** All of its processes, PostgreSQL with its own included. */
  processes(): Promise<Process[]>
  /** To the whole process group, as Ctrl-C in a terminal. */
  signalGroup(signal: NodeJS.Signals): void
  /** SIGTERM, then whatever is left is killed. */
  stop(): Promise<void>
}

/** A folder that PostgreSQL can enter even when the tests run as root. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-e2e-'))
  await chmod(folder, 0o711)
  return folder
}

export const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true })

/** The environment of a system: ours without what would steer it. */
export function environmentOf(dataDir: string, own: Record<string, string> = {}) {
  const { DATABASE_URL, TRACKSIDE_PUBLIC_URL, HOST, NODE_OPTIONS, ...inherited } = process.env
  return {
    ...inherited,
    TRACKSIDE_DATA: dataDir,
    TRACKSIDE_WORKERS: '1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    ...own,
  }
}

/** Starts a program in a process group of its own, so that one signal reaches what it started. */
export function start(
  program: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
): Running {
  const child = spawn(program, args, {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  if (child.pid === undefined) throw new Error(`${program} cannot be started`)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, pid: child.pid, stdout: () => stdout, stderr: () => stderr, ended }
}

/** Runs the command line to its end. */
export async function trackside(dataDir: string, ...args: string[]) {
  const running = start(process.execPath, [TRACKSIDE, ...args], environmentOf(dataDir))
  const code = await within(READY_MS, running.ended, () => {
    running.child.kill('SIGKILL')
    return `trackside ${args.join(' ')} does not end: ${running.stderr()}`
  })
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

/** `trackside up` on a data folder, not yet ready. */
export const startUp = (dataDir: string, own: Record<string, string> = {}) =>
  start(process.execPath, [TRACKSIDE, 'up'], environmentOf(dataDir, own))

/** `trackside up` that answers; by `running`, one that was started another way. */
export async function startSystem(
  dataDir: string,
  own: Record<string, string> = {},
  running: Running = startUp(dataDir, own),
): Promise<System> {
  const { pid, stdout, stderr, ended } = running
  let code: number | null | undefined
  void ended.then((end) => {
    code = end
  })
  const processes = () => findSystem(dataDir, pid)
  const signalGroup = (signal: NodeJS.Signals) => process.kill(-pid, signal)
  const stop = async () => {
    const all = await processes()
    if (code === undefined) signalGroup('SIGTERM')
    // What outlived its system is not waited for.
    killAll(await waitUntilGone(all, code === undefined ? STOP_MS : 0))
  }
  for (const end = Date.now() + READY_MS; ; await sleep(50)) {
    const url = /^trackside ready on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(stdout())?.[1]
    // The rest of the greeting, where the key is, may come a moment later.
    if (url && stdout().includes(`${url}/docs`)) {
      const key = /API key[^:]*:\s+(\S+)/.exec(stdout())?.[1]
      return { ...running, url, key, dataDir, processes, signalGroup, stop }
    }
    if (code !== undefined || Date.now() > end) {
      await stop()
      throw new Error(`trackside up is not ready (exit code ${code}):\n${stdout()}${stderr()}`)
    }
  }
}

/** A port that is free now. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A promise with a limit. */
export async function within<T>(ms: number, promise: Promise<T>, onLate: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(onLate())), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
