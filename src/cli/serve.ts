import { Command } from 'commander'
import type { Config } from '../config.ts'
import { openContext } from '../context.ts'
import { createMetrics } from '../http/metrics.ts'
import { listen } from './listen.ts'
import { joinDatabase } from './open-database.ts'
import { onStopSignal } from './stop-signal.ts'

export const serveCommand = (readConfig: () => Config) =>
  new Command('serve')
    .description('Answer HTTP only: one of several servers on one database')
    .addHelpText(
      'after',
      `
Needs DATABASE_URL, or a running "trackside up" on the same data folder.

Told to stop, it answers on for TRACKSIDE_DRAIN_SECONDS (5) while /readyz says no, so that a proxy which asks there sends
nothing more; then it finishes what it has in hand.`,
    )
    .action(() => serve(readConfig()))

async function serve(config: Config): Promise<void> {
  const database = await joinDatabase(config)
  const context = await openContext(config, { role: 'serve', connection: database.connection })
  try {
    const server = await listen(context, { metrics: createMetrics() })
    const stopped = onStopSignal(() => console.log('Stopping …'))
    console.log(`trackside ready on ${server.url}`)
    await stopped
    await server.drain()
    await server.close()
  } finally {
    await context.close()
  }
}
