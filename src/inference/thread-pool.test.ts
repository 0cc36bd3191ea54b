import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createThreadPool } from './thread-pool.ts'

const folder = await mkdtemp(join(tmpdir(), 'trackside-pool-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const serveThread = new URL('./serve-thread.ts', import.meta.url).href
const errors = new URL('../lib/errors.ts', import.meta.url).href
const entry = join(folder, 'thread.mts')
await writeFile(
  entry,
  `import { serveThread } from '${serveThread}'
   import { AppError } from '${errors}'
   serveThread({
     double: async (n) => 2 * n,
     wait: (ms) => new Promise((resolve) => setTimeout(() => resolve('waited'), ms)),
     refuse: async () => { throw new AppError({ code: 'selfie_empty', message: 'nothing there' }) },
     hold: async (flag) => { await Atomics.waitAsync(new Int32Array(flag), 0, 0).value },
     die: async () => process.exit(3),
   })`,
)
const open = (maxQueue = 10, maxWaitMs = Number.POSITIVE_INFINITY) =>
  createThreadPool({ entry: pathToFileURL(entry), workerData: {}, size: 1, maxQueue, maxWaitMs })

test('tasks run in order and errors keep their code', async () => {
  const pool = open()
  expect(await Promise.all([pool.run('double', 1), pool.run('double', 2)])).toEqual([2, 4])
  await expect(pool.run('refuse', null)).rejects.toMatchObject({
    code: 'selfie_empty',
    status: 400,
  })
  await pool.stop()
})

test('a full queue refuses with the time to come again', async () => {
  const pool = open(1)
  const running = pool.run('wait', 100)
  const waiting = pool.run('double', 1)
  await expect(pool.run('double', 2)).rejects.toMatchObject({
    code: 'recognition_busy',
    status: 429,
    retryAfterSeconds: 1,
  })
  expect(await Promise.all([running, waiting])).toEqual(['waited', 2])
  await pool.stop()
})

test('what is made ready for a task takes its place; who finds none makes nothing ready', async () => {
  const pool = open(2)
  const running = pool.run('wait', 100)
  const waiting = pool.run('double', 1)
  const ready = Promise.withResolvers<number>()
  const first = pool.prepare(() => ready.promise).then((n) => pool.run('double', n))
  let isMadeReady = false
  const second = pool.prepare(async () => {
    isMadeReady = true
  })
  await expect(second).rejects.toMatchObject({ code: 'recognition_busy', status: 429 })
  expect(isMadeReady).toBe(false)
  ready.resolve(2)
  expect(await Promise.all([running, waiting, first])).toEqual(['waited', 2, 4])
  await pool.stop()
})

test('who would have to wait too long is refused at once, as long as others wait', async () => {
  const pool = open(10, 2500)
  expect(await pool.run('double', 1)).toBe(2) // starts the thread: says nothing of the next ones
  expect(await pool.run('wait', 1000)).toBe('waited')
  const taken = [pool.run('wait', 1000), pool.run('double', 1)]
  const late = Array.from({ length: 3 }, () => pool.run('double', 2))
  const outcomes = await Promise.allSettled(late)
  expect(outcomes.at(-1)).toMatchObject({
    status: 'rejected',
    reason: { code: 'recognition_busy', status: 429 },
  })
  expect(await Promise.all(taken)).toEqual(['waited', 2])
  expect(await pool.run('double', 3)).toBe(6)
  await pool.stop()
})

test('a task that takes longer than those before is noticed before it ends', async () => {
  const pool = open(10, 1000)
  for (const n of [1, 2]) expect(await pool.run('double', n)).toBe(2 * n)
  const flag = new SharedArrayBuffer(4)
  const tasks = [pool.run('hold', flag), pool.run('double', 3)]
  const isRefused = () => pool.prepare(async () => 'room').catch(({ code }) => code)
  await expect.poll(isRefused).toBe('recognition_busy')
  Atomics.store(new Int32Array(flag), 0, 1)
  Atomics.notify(new Int32Array(flag), 0)
  expect(await Promise.all(tasks)).toEqual([undefined, 6])
  expect(await pool.run('double', 4)).toBe(8)
  await pool.stop()
})

test('those whose callers have gone take no place in the queue', async () => {
  const pool = open(1)
  const running = pool.run('wait', 200)
  const controller = new AbortController()
  const gone = pool.run('double', 1, controller.signal)
  controller.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  expect(await Promise.all([running, pool.run('double', 2)])).toEqual(['waited', 4])
  await pool.stop()
})

test('a thread that dies fails its task, and the next task gets another thread', async () => {
  const pool = open()
  const [dead, alive] = await Promise.allSettled([pool.run('die', null), pool.run('double', 4)])
  expect(dead.status).toBe('rejected')
  expect(alive).toMatchObject({ status: 'fulfilled', value: 8 })
  await pool.stop()
})

test('an aborted task rejects at once and one that has not begun is left out', async () => {
  const pool = open()
  const running = pool.run('wait', 100)
  const controller = new AbortController()
  const aborted = pool.run('die', null, controller.signal)
  controller.abort(new Error('gone'))
  await expect(aborted).rejects.toThrow('gone')
  expect(await running).toBe('waited')
  expect(await pool.run('double', 5)).toBe(10)
  await pool.stop()
})
