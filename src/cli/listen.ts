import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp } from '../app.ts'
import type { Context } from '../context.ts'
import type { Metrics } from '../http/metrics.ts'

/** Answers under way get this long at the end; a client that has stopped reading would hold up the stop for good. */
const LAST_ANSWERS_MS = 10_000

/** Serves HTTP on the configured address. @throws Error when the port is taken */
export async function listen(
  context: Context,
  options: { metrics: Metrics; workerMetrics?: () => unknown[] },
): Promise<{
  url: string
  /** Answers on for the configured time, each answer the last of its connection, while `/readyz` says no. */
  drain(): Promise<void>
  close(): Promise<void>
}> {
  const { host, port, drainMs } = context.config
  let isDraining = false
  const app = await createApp(context, { ...options, isDraining: () => isDraining })
  await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE'
      ? new Error(
          `Port ${port} is in use by another program: stop it, or choose another with PORT=${port + 1}.`,
        )
      : error
  })
  const { port: real } = app.server.address() as AddressInfo
  const shown =
    host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  const drain = async () => {
    isDraining = true
    await sleep(drainMs)
  }
  const close = async () => {
    const hangUp = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS)
    await app.close().finally(() => clearTimeout(hangUp))
  }
  return { url: `http://${shown}:${real}`, drain, close }
}
