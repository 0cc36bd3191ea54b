import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../connect.ts'
import { keepPostgres } from './keep-running.ts'
import { findRunningPostgres, startPostgres } from './start-postgres.ts'

/** A start takes a tenth of a second; a busy machine gets its time. */
const LIMIT = 120_000

const folder = await mkdtemp(join(tmpdir(), 'trackside-keep-'))
await chmod(folder, 0o711)
afterAll(() => rm(folder, { recursive: true, force: true }))

test.for<[where: string, name: string]>([
  ['with its socket in the data folder', 'short'],
  ['with its socket elsewhere, as the path is too long', 'long'.repeat(20)],
])(
  'a server that is killed runs again for the pools that know it, %s',
  { timeout: LIMIT },
  async ([, name]) => {
    const dataDir = join(folder, name)
    const server = await startPostgres({ dataDir })
    const said: string[] = []
    const kept = keepPostgres(server, { dataDir, log: (line) => said.push(line) })
    const pool = createPool(server.connection)
    try {
      await pool.query('create table note as select 1 as number')
      for (let round = 1; round <= 2; round++) {
        const before = await findPid(dataDir)
        process.kill(before!, 'SIGKILL')
        // Queries go on for a moment on connections of the dead one.
        const now = () => findPid(dataDir)
        await expect.poll(now).not.toBeOneOf([before, undefined])
        const rows = () => pool.query('select number from note').then((answer) => answer.rows)
        await expect.poll(() => rows().catch(() => [])).toEqual([{ number: 1 }])
      }
      await expect.poll(() => said).toHaveLength(4)
    } finally {
      await pool.end()
      await kept.stop()
    }
    expect(await findPid(dataDir)).toBeUndefined()
    await sleep(1500)
    expect(await findPid(dataDir)).toBeUndefined()
  },
)

const findPid = async (dataDir: string) => (await findRunningPostgres(dataDir))?.pid
