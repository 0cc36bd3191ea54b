import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { MIGRATIONS } from '../test-deps.ts'
import { removeFolder, startServer } from './postgres-server.ts'

const LIMIT = 300_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trackside-erased-'))
  await chmod(folder, 0o711)
})
afterAll(() => removeFolder(folder))

/** Files of a cluster that hold these bytes, by the folder they lie in. */
async function findBytes(cluster: string, bytes: Buffer): Promise<string[]> {
  const found = new Set<string>()
  for (const entry of await readdir(cluster, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const content = await readFile(file).catch(() => undefined) // removed since
    if (content?.includes(bytes)) found.add(file.slice(cluster.length + 1).split('/')[0]!)
  }
  return [...found].sort()
}

test(
  'the bytes of an erased face are in no file of the database once its table is rewritten and its log removed',
  async () => {
    const server = await startServer(folder, async () => ['wal_recycle=off'])
    try {
      const pool = createPool({ connectionString: server.url, max: 1 })
      await migrate(pool, { directory: MIGRATIONS })
      const embedding = randomBytes(512)
      await pool.query('set session_replication_role = replica') // the face alone, without its photo
      await pool.query(
        `insert into face (event_id, photo_id, score, quality, box, landmarks, embedding, model)
         values (1, gen_random_uuid(), 0.9, 0.8, '{1,1,1,1}', '{1,1,1,1,1,1,1,1,1,1}', $1, 'dlib')`,
        [embedding],
      )
      await pool.query('checkpoint')
      expect(await findBytes(server.cluster, embedding)).toEqual(['base', 'pg_wal'])
      await pool.query('delete from face')
      // As it is after a while by itself: the row is gone, its bytes are not yet.
      await pool.query('vacuum face')
      await pool.query('checkpoint')
      const left = await findBytes(server.cluster, embedding)
      console.log(`after delete, vacuum and checkpoint the bytes lie in: ${left.join(', ')}`)
      // What docs/security.md tells who wants them gone at once.
      await pool.query('vacuum full face')
      for (let round = 0; round < 2; round++)
        await pool.query('select pg_switch_wal()').then(() => pool.query('checkpoint'))
      expect(await findBytes(server.cluster, embedding)).toEqual([])
      await pool.end()
    } finally {
      await server.stop()
    }
  },
  LIMIT,
)
