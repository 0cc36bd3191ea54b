import { flushCompileCache } from 'node:module'
import { Command } from 'commander'
import type { Config } from '../config.ts'
import { createLogger, openContext } from '../context.ts'
import { describeModels, findWantedModel, MANIFEST, recommendModel } from '../faces/index.ts'
import { createMetrics } from '../http/metrics.ts'
import { lockDataFolder } from '../lib/data-lock.ts'
import { JOBS } from '../pipeline.ts'
import { firstKey } from './first-key.ts'
import { listen } from './listen.ts'
import { openDatabase } from './open-database.ts'
import { onStopSignal } from './stop-signal.ts'
import { startWorkers } from './worker-processes.ts'

export const upCommand = (readConfig: () => Config) =>
  new Command('up')
    .description('Start everything on one machine: database, API and workers')
    .option('--demo', 'fill a demo event with photos made on the spot')
    .addHelpText(
      'after',
      `
Everything lives in the folder TRACKSIDE_DATA (./data). Ctrl-C stops all of it in order; work that was
waiting goes on at the next start.

  npm start                         on port 8080
  PORT=9000 npx trackside up        on another one
  npx trackside up --demo           with photos to try it on`,
    )
    .action((options: { demo?: boolean }) => up(readConfig(), options))

async function up(config: Config, { demo = false }: { demo?: boolean }): Promise<void> {
  const log = createLogger(config)
  const closers: (() => Promise<void>)[] = []
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const lock = await lockDataFolder(config.dataDir, 'trackside up')
    closers.push(() => lock.release())
    const database = await openDatabase(config)
    const kept = database.keep(log)
    closers.push(() => kept.stop())
    const context = await openContext(config, {
      role: 'serve',
      connection: database.connection,
      log,
    })
    closers.push(() => context.close())
    // The lock says that no other system runs on this data: whatever is marked as running was cut off by a crash.
    if (!config.secrets.databaseUrl) await context.queue.releaseAbandoned(JOBS)
    const key = await firstKey(context)

    const metrics = createMetrics()
    flushCompileCache() // workers load what this process has
    const workers = startWorkers({ count: config.workers, log })
    closers.push(() => workers.stop())
    const server = await listen(context, { metrics, workerMetrics: workers.metrics })
    closers.push(() => server.close())

    const stopped = onStopSignal(() => {
      console.log('Stopping … (Ctrl-C again: at once)')
      workers.announceStop()
    })
    console.log(`trackside ready on ${server.url}`)
    const models = await describeModels(MANIFEST, config.modelsDir)
    greet(server.url, { key, better: recommendModel(models, await findWantedModel(context.db)) })
    if (demo) {
      const { fillDemo } = await import('./fill-demo.ts')
      await fillDemo(context, { url: server.url, key, stopped })
    }
    await stopped
  } finally {
    await closeAll()
  }
}

type Greeting = { key: string | undefined; better: string | undefined }

function greet(url: string, { key, better }: Greeting): void {
  const lines = key
    ? ['', `  Organisation 1, API key (shown only now):  ${key}`]
    : ['', '  Keys:    npx trackside keys list']
  lines.push(
    '  Photos:  npx trackside events create "City Run 2026"',
    '           npx trackside import ./photos --event 1',
    `  Console: ${url}/console   (asks for the key)`,
    `  API:     ${url}/docs`,
    ...(better ? [`  Faces:   ${better}`] : []),
    '',
  )
  console.log(lines.join('\n'))
}
