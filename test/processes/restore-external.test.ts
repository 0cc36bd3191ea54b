import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../e2e/client.ts'
import { drawPhoto } from '../e2e/pictures.ts'
import {
  environmentOf,
  makeFolder,
  ROOT,
  removeFolder,
  start,
  startSystem,
  trackside,
  within,
} from '../e2e/system.ts'
import { startServer } from './postgres-server.ts'

const LIMIT = 300_000

let folder: string
beforeAll(async () => {
  folder = await makeFolder()
})
afterAll(() => removeFolder(folder))

/** The command line, with a database of its own. */
async function run(dataDir: string, env: Record<string, string>, ...args: string[]) {
  const command = join(ROOT, 'bin/trackside.js')
  const running = start(process.execPath, [command, ...args], environmentOf(dataDir, env))
  const code = await within(LIMIT, running.ended, () => `${args[0]} does not end`)
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

test(
  'an embedded system moves to a PostgreSQL server of its own by backup and restore; one that is in use is left alone',
  async () => {
    const home = await startSystem(join(folder, 'home'))
    const client = createClient(home)
    const eventId = await client.createEvent({ event_name: 'Moved' })
    const files = await Promise.all([1, 2, 3].map((seed) => drawPhoto(seed)))
    await client.upload(
      eventId,
      files.map((bytes, index) => [`${index}.jpg`, bytes] as const),
    )
    await client.waitIdle(eventId)
    const before = await client.listPhotos(eventId)
    const repository = join(folder, 'backups')
    const saved = await trackside(home.dataDir, 'backup', repository)
    expect(saved.code, saved.stderr).toBe(0)
    await home.stop()

    const server = await startServer(folder)
    try {
      const env = { DATABASE_URL: server.url }
      const dataDir = join(folder, 'moved')
      const restored = await run(dataDir, env, 'restore', repository, '--json')
      expect(restored.code, restored.stderr).toBe(0)
      expect(JSON.parse(restored.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
        photos: 3,
        damaged: 0,
      })
      const again = await run(join(folder, 'again'), env, 'restore', repository)
      expect(again.code).toBe(1)
      expect(again.stderr).toMatch(/database is in use: a backup is restored into an empty one/)

      const moved = await startSystem(dataDir, env)
      try {
        expect(moved.key).toBeUndefined()
        const there = createClient({ url: moved.url, key: home.key })
        expect(await there.listPhotos(eventId)).toEqual(before)
        await there.upload(eventId, [['new.jpg', await drawPhoto(4)]])
        const { photos } = await there.waitIdle(eventId)
        expect(photos).toEqual({ total: 4, done: 4, failed: 0 })
        const verified = await run(dataDir, env, 'verify')
        expect(verified.code, verified.stdout + verified.stderr).toBe(0)
      } finally {
        await moved.stop()
      }
    } finally {
      await server.stop()
    }
  },
  LIMIT,
)
