import { setTimeout as sleep } from 'node:timers/promises'
import { readProcessStart } from '../../lib/process-identity.ts'
import type { EmbeddedPostgres } from './running-server.ts'
import { startPostgres } from './start-postgres.ts'

type Keep = {
  /** The folder that the server was started on. */
  readonly dataDir: string
  /** Told when the server has died, when another has taken its place, and why none could be started. */
  readonly log: (line: string, error?: unknown) => void
}

/** How often the server is looked at: one file of /proc. */
const LOOK_MS = 500
/** Between two tries to start it: a full disk may get room again. */
const PAUSE_MS = 5000

/**
 * Watches a server and starts it again when it dies, such as when the system kills it for its memory. Connections of before are
 * lost; pools make new ones. Its socket stays where it was, so nobody has to be told.
 */
export function keepPostgres(
  first: EmbeddedPostgres,
  { dataDir, log }: Keep,
): { stop(): Promise<void> } {
  const ending = new AbortController()
  const { signal } = ending
  let server = first

  const restart = async () => {
    log(`PostgreSQL, process ${server.pid}, has died; starting it again`)
    while (!signal.aborted) {
      try {
        server = await startPostgres({ dataDir, socketFolder: first.connection.host })
        return log(`PostgreSQL runs again, process ${server.pid}`)
      } catch (error) {
        log('PostgreSQL cannot be started', error)
        await pause(PAUSE_MS, signal)
      }
    }
  }
  const watch = async () => {
    let born = await readProcessStart(server.pid)
    for (; !signal.aborted; await pause(LOOK_MS, signal)) {
      if (born !== undefined && (await readProcessStart(server.pid)) === born) continue
      await restart()
      born = await readProcessStart(server.pid)
    }
  }
  const watching = watch()
  return {
    async stop() {
      ending.abort()
      await watching
      await server.stop()
    },
  }
}

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {}) // the end of the watch is no failure
