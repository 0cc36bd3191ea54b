import { Type } from 'typebox'
import { afterAll, expect, test } from 'vitest'
import { createDatabase } from '../../test/test-deps.ts'
import { createPool, openDb } from '../db/connect.ts'
import { defineJob } from './define-job.ts'
import { openQueue } from './queue.ts'
import { watchQueues } from './watch-queues.ts'

const LIMIT = { timeout: 30_000 }

const jobOf = (name: string) =>
  defineJob({
    name,
    input: Type.Object({ eventId: Type.Integer() }),
    batchSize: 1,
    concurrency: 1,
    retry: { limit: 2, delaySeconds: 1 },
    run: async () => {},
  })
const jobs = ['test.now', 'test.later', 'test.never'].map(jobOf)
const [now, later] = jobs

const pool = createPool({ ...(await createDatabase()), max: 4 })
const db = openDb(pool)
const onError = (error: unknown) => expect.fail(String(error))
const queue = await openQueue({ pool }, { jobs, supervise: false, onError })
afterAll(async () => {
  await queue.stop()
  await pool.end()
})

test('who takes from a queue is woken when it has a job, or when the time of one has come, and nobody else', async () => {
  await queue.enqueue(db, later!, [{ eventId: 1 }])
  await pool.query(
    `update pgboss.job set start_after = now() + interval '1 day' where name = 'test.later'`,
  )
  const woken: string[] = []
  const wake = (name: string) => woken.push(name)
  const watch = watchQueues({ pool, wake, onError }, ['test.now', 'test.later', 'test.never'])
  try {
    await queue.enqueue(db, now!, [{ eventId: 1 }])
    await expect.poll(() => woken, LIMIT).toContain('test.now')
    expect(woken).not.toContain('test.later')

    await pool.query(`update pgboss.job set start_after = now() where name = 'test.later'`)
    await expect.poll(() => woken, LIMIT).toContain('test.later')
    expect(woken).not.toContain('test.never')
  } finally {
    watch.stop()
  }
})
