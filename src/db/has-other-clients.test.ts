import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createPool, OWN_APPLICATION } from './connect.ts'
import { startPostgres } from './embedded/start-postgres.ts'
import { hasOtherClients } from './has-other-clients.ts'

const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'clients-'))
await chmod(folder, 0o711) // as root the server is another user, who has to pass through
const server = await startPostgres({ dataDir: path.join(folder, 'data') })

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test('connections of this process are nobody else, those of another are', async () => {
  const own = createPool(server.connection)
  const serving = createPool({ ...server.connection, application_name: `${OWN_APPLICATION} serve` })
  for (const pool of [own, serving]) await pool.query('select 1')
  expect(await hasOtherClients(server.connection)).toBe(false)

  const other = new pg.Client({ ...server.connection, application_name: `${OWN_APPLICATION}1` })
  await other.connect()
  expect(await hasOtherClients(server.connection)).toBe(true)
  await other.end()
  await Promise.all([own.end(), serving.end()])
})
