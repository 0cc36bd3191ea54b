import { Command } from 'commander'
import type { Config } from '../config.ts'
import { openContext } from '../context.ts'
import { createMetrics } from '../http/metrics.ts'
import { collectLess } from '../lib/collect-garbage.ts'
import { giveWay } from '../lib/give-way.ts'
import { startWorker } from '../worker.ts'
import { joinDatabase } from './open-database.ts'
import { onStopSignal } from './stop-signal.ts'

const METRICS_EVERY_MS = 5000

export const workCommand = (readConfig: () => Config) =>
  new Command('work')
    .description('Process photos: one worker of a system that runs elsewhere')
    .addHelpText(
      'after',
      `
"trackside up" starts workers by itself. Use this to add more on other machines: they need the same
DATABASE_URL and the same photo storage. A worker uses about one core and 0.8 GB.`,
    )
    .action(() => work(readConfig()))

async function work(config: Config): Promise<void> {
  giveWay()
  collectLess()
  // Before anything else: the wish to stop may come while the worker still starts.
  const stopped = process.send ? parentGone() : onStopSignal(() => {})
  const database = await joinDatabase(config)
  const context = await openContext(config, { role: 'work', connection: database.connection })
  try {
    const metrics = createMetrics({ hasEventLoop: false })
    await startWorker(context, metrics)
    const sending = setInterval(async () => {
      const readings = await metrics.registry.getMetricsAsJSON()
      if (process.connected) process.send?.(readings)
    }, METRICS_EVERY_MS)
    await stopped
    clearInterval(sending)
  } finally {
    await context.close()
  }
}

/** A worker of "up" lives and stops with it: Ctrl-C reaches the whole group, and it is the parent who decides. */
function parentGone(): Promise<void> {
  process.on('SIGINT', () => {})
  return new Promise((resolve) => {
    process.on('disconnect', resolve)
    if (!process.connected) resolve()
    process.on('SIGTERM', resolve)
  })
}
