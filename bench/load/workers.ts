import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { workerEnvironment } from '../../src/config.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const STOP_MS = 40_000

/** Workers of a running system that are not its children: then its /metrics speak of the server alone. */
export function startWorkers(dataDir: string, count: number) {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [MAIN, 'work'], {
      env: { ...workerEnvironment(), TRACKSIDE_DATA: dataDir, DATABASE_URL: '', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  )
  return {
    pids: children.map(({ pid }) => pid!),
    async stop() {
      const living = children.filter(({ exitCode, signalCode }) => exitCode === null && !signalCode)
      const ended = living.map((child) => once(child, 'exit'))
      for (const child of living) child.kill('SIGTERM')
      const kill = setTimeout(() => {
        for (const child of living) child.kill('SIGKILL')
      }, STOP_MS)
      await Promise.all(ended)
      clearTimeout(kill)
    },
  }
}
