import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import { workerEnvironment } from '../config.ts'

const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
)
const RESTART_MS = 1000
/** A worker ends its photo first; one that cannot is killed, and its job goes to another. */
const STOP_MS = 30_000

export type WorkerProcesses = {
  /** What the workers measured last, for /metrics. */
  metrics: () => unknown[]
  /** Tells the workers to finish what they have in hand. */
  announceStop(): void
  stop(): Promise<void>
}

/** Starts workers as processes of their own and replaces those that die: a photo that kills its decoder harms no other. */
export function startWorkers({
  count,
  log,
}: {
  count: number
  log: FastifyBaseLogger
}): WorkerProcesses {
  const children = new Map<ChildProcess, unknown>()
  let isStopping = false

  const start = () => {
    if (isStopping) return
    const child = fork(MAIN, ['work'], {
      env: workerEnvironment(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    children.set(child, undefined)
    child.on('message', (metrics) => children.set(child, metrics))
    child.on('error', (err) => log.error({ err }, 'worker process'))
    child.on('exit', (code, signal) => {
      children.delete(child)
      if (isStopping) return
      log.error({ code, signal }, 'a worker died; starting another')
      setTimeout(start, RESTART_MS)
    })
  }
  for (let i = 0; i < count; i++) start()

  const announceStop = () => {
    isStopping = true
    for (const child of children.keys()) if (child.connected) child.disconnect()
  }
  return {
    metrics: () => [...children.values()].filter((metrics) => metrics !== undefined),
    announceStop,
    async stop() {
      announceStop()
      const kill = setTimeout(() => {
        for (const child of children.keys()) child.kill('SIGKILL')
      }, STOP_MS)
      await Promise.all([...children.keys()].map((child) => once(child, 'exit')))
      clearTimeout(kill)
    },
  }
}
