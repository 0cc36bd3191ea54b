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
     die: async () => process.exit(3),
   })`,
)
const open = (maxQueue = 10) =>
  createThreadPool({ entry: pathToFileURL(entry), workerData: {}, size: 1, maxQueue })

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
    retryAfterSeconds: 2,
  })
  expect(await Promise.all([running, waiting])).toEqual(['waited', 2])
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
