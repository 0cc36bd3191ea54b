// One worker process of a system: prints each job that it did as a line of JSON.
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import { openContext } from '../../src/context.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import { startWorker } from '../../src/worker.ts'

const context = await openContext(readConfig(), {
  role: 'work',
  connection: JSON.parse(process.env.CONNECTION ?? '{}'),
  log: pino(pino.destination({ dest: 1, sync: true })),
})
await startWorker(context, createMetrics())
process.on('SIGTERM', () => context.close())
