// One worker process of a queue, without any recognition: prints the event of each job it has done.
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { createPool } from '../../src/db/connect.ts'
import { bindJob, defineJob } from '../../src/jobs/define-job.ts'
import { openQueue } from '../../src/jobs/queue.ts'

/** A photo takes a second; a test has less time. */
const JOB_MS = 10

export const turnJob = defineJob({
  name: 'test.turn',
  input: Type.Object({ eventId: Type.Integer(), number: Type.Integer() }),
  batchSize: 1,
  concurrency: 2,
  retry: { limit: 2, delaySeconds: 1 },
  run: async (_deps: object, { eventId, number }) => {
    await sleep(JOB_MS)
    process.stdout.write(`${eventId} ${number}\n`)
  },
})

export const openTurns = (pool: ReturnType<typeof createPool>, supervise: boolean) =>
  openQueue(
    { pool },
    { jobs: [turnJob], supervise, onError: (error) => console.error('job queue', error) },
  )

if (import.meta.main) {
  const pool = createPool({ ...JSON.parse(process.env.CONNECTION ?? '{}'), max: 4 })
  const queue = await openTurns(pool, true)
  await queue.work([bindJob(turnJob, {})], () => {})
  process.on('SIGTERM', async () => {
    await queue.stop()
    await pool.end()
  })
}
