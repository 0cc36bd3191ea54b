import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type EmbeddedPostgres, startPostgres } from '../src/db/embedded/start-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: EmbeddedPostgres['connection']
  }
}

/** One PostgreSQL server for the whole run; every test file makes its own database in it. */
export async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-test-'))
  await chmod(folder, 0o711)
  const server = await startPostgres({ dataDir: join(folder, 'postgres') })
  project.provide('postgres', server.connection)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
