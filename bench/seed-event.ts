import { join } from 'node:path'
import pg from 'pg'
import { findRunningPostgres } from '../src/db/embedded/start-postgres.ts'
import { seedPhotos } from './seed-photos.ts'

/**
 * Fills an event of a running system with rows of finished photos.
 *
 * @param dataDir where its embedded PostgreSQL runs
 * @returns how long that took, in seconds
 */
export async function seedEvent(
  dataDir: string,
  event: { eventId: number; photos: number },
  signal: AbortSignal,
): Promise<number> {
  const postgres = await findRunningPostgres(join(dataDir, 'postgres'))
  if (!postgres) throw new Error(`no PostgreSQL runs in ${dataDir}`)
  const client = new pg.Client(postgres.connection)
  await client.connect()
  try {
    const start = performance.now()
    await seedPhotos(client, event, signal)
    return (performance.now() - start) / 1000
  } finally {
    await client.end()
  }
}
