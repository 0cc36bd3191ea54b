import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Api, openApi } from './api.ts'

export type System = {
  readonly api: Api
  /** The process that serves HTTP; the workers are its children. */
  readonly pid: number
  stop(): Promise<void>
}

/** The sources, never a build that may be old. */
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const START_MS = 120_000
const STOP_MS = 60_000

/**
 * Starts `trackside up` on an empty folder and a free port of the loopback interface, as its users do.
 *
 * @param workers how many; undefined: what `up` chooses
 * @throws Error when it ends or is not ready within two minutes
 */
export async function startSystem(
  { dataDir, workers }: { dataDir: string; workers?: number },
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
    signal, // SIGTERM
  })
  child.on('error', () => {}) // an abort is told by whoever waits
  try {
    const { url, key } = await readGreeting(child)
    return { api: openApi({ url, key, signal }), pid: child.pid!, stop: () => stopChild(child) }
  } catch (error) {
    await stopChild(child)
    throw error
  }
}

/** Address and key, from what `up` prints. */
async function readGreeting(child: ChildProcess): Promise<{ url: string; key: string }> {
  const timeout = setTimeout(() => child.kill('SIGTERM'), START_MS)
  try {
    let printed = ''
    for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
      printed += chunk
      const url = printed.match(/ready on (http\S+)/)?.[1]
      const key = printed.match(/API key.*: +(\S+)\n/)?.[1]
      if (url && key) return { url, key }
    }
    throw new Error(`trackside up did not start; it printed:\n${printed}`)
  } finally {
    clearTimeout(timeout)
    child.stdout!.resume() // a full pipe would stop it
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(kill)
}
