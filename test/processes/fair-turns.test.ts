import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool, type Db, openDb } from '../../src/db/connect.ts'
import type { Queue } from '../../src/jobs/queue.ts'
import { createDatabase } from '../test-deps.ts'
import { openTurns, turnJob } from './queue-worker.ts'

/** Waiting photos of a large event: more than the workers do in the time of the test. With CROWD=500000 as after a marathon. */
const CROWD = Number(process.env.CROWD ?? 20_000)

let connection: Awaited<ReturnType<typeof createDatabase>>
let db: Db
let queue: Queue
const workers: ChildProcess[] = []

beforeAll(async () => {
  connection = await createDatabase()
  const pool = createPool({ ...connection, max: 4 })
  db = openDb(pool)
  queue = await openTurns(pool, false)
})

afterAll(async () => {
  await Promise.all(
    workers.map(async (worker) => {
      if (worker.exitCode !== null) return
      const ended = once(worker, 'exit')
      worker.kill('SIGTERM')
      await ended
    }),
  )
  await queue.stop()
  await db.destroy()
})

const add = (eventId: number, { count, behind }: { count: number; behind: number }) =>
  queue.enqueue(
    db,
    turnJob,
    Array.from({ length: count }, (_, number) => ({ eventId, number })),
    { behind },
  )

test('three workers take turns between events: 50 jobs wait for about 50 of an event with thousands', async () => {
  for (let behind = 0; behind < CROWD; behind += 10_000) await add(1, { count: 10_000, behind })
  const done: number[] = []
  const workedOn = new Set<number>()
  for (let i = 0; i < 3; i++) {
    const worker = fork(new URL('./queue-worker.ts', import.meta.url), {
      env: { ...process.env, CONNECTION: JSON.stringify(connection) },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    workers.push(worker)
    worker.stdout?.setEncoding('utf8').on('data', (text: string) => {
      workedOn.add(i)
      done.push(...text.trim().split('\n').map(parseFloat))
    })
  }
  await expect.poll(() => done.length, { interval: 20 }).toBeGreaterThan(60)

  const from = done.length
  await add(2, { count: 50, behind: 0 })
  const count = (eventId: number) => done.slice(from).filter((event) => event === eventId).length
  await expect.poll(() => count(2), { interval: 20 }).toBe(50)
  const others = count(1)
  const asked = performance.now()
  expect(await queue.hasOpenJobs(7)).toBe(false)
  const askedMs = performance.now() - asked
  console.log(
    `fair turns: 50 jobs done while the event with ${CROWD} had ${others} done; an idle event is known to be idle in ${askedMs.toFixed(0)} ms`,
  )
  // Turn and turn about, and what was in hand and on its way when they came.
  expect(others).toBeLessThan(120)
  expect(others).toBeGreaterThan(20)
  expect(workedOn.size).toBe(3)
})
