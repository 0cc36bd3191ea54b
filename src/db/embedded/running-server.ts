import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import { readCommandLine, readProcessStart } from '../../lib/process-identity.ts'
import { DATABASE, type Layout, layoutOf, ROLE } from './layout.ts'
import { removeSocketFolder } from './socket-folder.ts'

export type EmbeddedPostgres = {
  /** For `pg.Pool`. `host` is the folder of the socket: there is no TCP port and no password. */
  readonly connection: { host: string; port: number; user: string; database: string }
  /** True when the server ran before: started by another process, or left by one that was killed. */
  readonly attached: boolean
  readonly pid: number
  /**
   * Ends connections, writes everything and waits for the end, also of a server that was only attached to. Harmless when it
   * is down already.
   */
  stop(): Promise<void>
}

export type ServerProcess = {
  readonly pid: number
  readonly port: number
  readonly socketFolder: string
  readonly isReady: boolean
}

/** A fast shutdown writes all changed pages: up to 128 MB of buffers, seconds even on a slow disk. */
const FAST_STOP_MS = 60_000
const IMMEDIATE_STOP_MS = 10_000

/** The server that runs on this folder and accepts connections, for tools beside `trackside up`. They do not stop it. */
export async function findRunningPostgres(dataDir: string): Promise<EmbeddedPostgres | undefined> {
  const layout = await findLayout(dataDir)
  const server = layout && (await findServerProcess(layout))
  return layout && server?.isReady ? attachTo(layout, server) : undefined
}

export function attachTo(
  layout: Layout,
  { pid, port, socketFolder: host }: ServerProcess,
): EmbeddedPostgres {
  return {
    connection: { host, port, user: ROLE, database: DATABASE },
    attached: true,
    pid,
    stop: async () => {
      await stopServer(layout, pid)
      await removeSocketFolder(host)
    },
  }
}

/**
 * The live server of this folder, starting, ready or stopping. Lines of postmaster.pid: pid, data directory, start,
 * port, socket folder, address, shared memory, status.
 */
export async function findServerProcess({ cluster }: Layout): Promise<ServerProcess | undefined> {
  const lines = (await readPidFile(cluster))?.split('\n')
  const pid = Number(lines?.[0])
  if (!lines || !Number.isInteger(pid) || pid <= 0) return undefined
  // The pid may have been given to another program since: containers count from 1 each time.
  const command = await readCommandLine(pid)
  if (!command?.includes(`postgres -D ${cluster} `)) return undefined
  const [port, socketFolder, status] = [Number(lines[3]), lines[4] ?? '', lines[7]?.trim()]
  return { pid, port, socketFolder, isReady: status === 'ready' && socketFolder !== '' }
}

/** PostgreSQL's file with the pid of its first process; undefined when there is none. */
export async function readPidFile(cluster: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(cluster, 'postmaster.pid'), 'utf8')
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** SIGINT is PostgreSQL's fast shutdown; SIGQUIT ends it at once, and the next start repairs from the log. */
async function stopServer(layout: Layout, pid: number) {
  const stops = [
    { signal: 'SIGINT', limitMs: FAST_STOP_MS },
    { signal: 'SIGQUIT', limitMs: IMMEDIATE_STOP_MS },
  ] as const
  if ((await findServerProcess(layout))?.pid !== pid) return
  const start = await readProcessStart(pid)
  for (const { signal, limitMs } of stops) {
    sendSignal(pid, signal)
    // The process, not its file: the file goes some milliseconds before it.
    for (const end = Date.now() + limitMs; Date.now() < end; await sleep(10)) {
      if ((await readProcessStart(pid)) !== start) return
    }
  }
  throw new Error(`The PostgreSQL server, process ${pid}, does not end; its log is ${layout.log}`)
}

function sendSignal(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCodeOf(error) !== 'ESRCH') throw error
  }
}

/** Paths as the server knows them: it was started with the real one. */
async function findLayout(dataDir: string): Promise<Layout | undefined> {
  try {
    return layoutOf(await realpath(dataDir))
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
