import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Api, openApi } from './api.ts'

export type System = {
  readonly api: Api
  readonly url: string
  readonly key: string
  /** The process that serves HTTP; the workers are its children. */
  readonly pid: number
  stop(): Promise<void>
}

/** The sources, never a build that may be old. */
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const START_MS = 120_000
const STOP_MS = 60_000

/**
 * Starts `trackside up` on a folder and a free port of the loopback interface, as its users do.
 *
 * @param key of a folder that was started before: it is printed once
 * @param workers how many; undefined: what `up` chooses
 * @throws Error when it ends or is not ready within two minutes
 */
export async function startSystem(
  { dataDir, workers, key: known }: { dataDir: string; workers?: number; key?: string },
  signal: AbortSignal,
): Promise<System> {
  const child = spawn(process.execPath, [MAIN, 'up'], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      TRACKSIDE_DATA: dataDir,
      TRACKSIDE_WORKERS: workers === undefined ? '' : String(workers),
      DATABASE_URL: '',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const { url, key } = await readGreeting(child, known, signal)
    const api = openApi({ url, key, signal })
    return { api, url, key, pid: child.pid!, stop: () => stopChild(child) }
  } catch (error) {
    await stopChild(child)
    throw error
  }
}

/** Address and key, from what `up` prints. */
async function readGreeting(child: ChildProcess, known: string | undefined, signal: AbortSignal) {
  const stdout = child.stdout!
  const waiting = AbortSignal.any([signal, AbortSignal.timeout(START_MS)])
  const giveUp = () => stdout.destroy(waiting.reason)
  waiting.addEventListener('abort', giveUp)
  try {
    let printed = ''
    for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
      printed += chunk
      const url = printed.match(/ready on (http\S+)/)?.[1]
      const key = known ?? printed.match(/API key.*: +(\S+)\n/)?.[1]
      if (url && key) return { url, key }
    }
    throw new Error(`trackside up did not start; it printed:\n${printed}`)
  } finally {
    waiting.removeEventListener('abort', giveUp)
    stdout.resume() // a full pipe would stop it
  }
}

/** One SIGTERM: at a second `up` would leave its database running. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(kill)
}
