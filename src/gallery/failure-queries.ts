import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'

/** How often an address has failed on any server within its window, and how long that lasts still. Index: unlock_failure_pkey. */
export async function findFailures(
  db: Db,
  addressHash: Buffer,
): Promise<{ failures: number; secondsLeft: number } | undefined> {
  return db
    .selectFrom('unlockFailure')
    .select([
      'failures',
      sql<number>`ceil(extract(epoch from ends_at - now()))::int`.as('secondsLeft'),
    ])
    .where('addressHash', '=', addressHash)
    .where('endsAt', '>', sql<Date>`now()`)
    .executeTakeFirst()
}

/** Counts one more; a window that is over begins anew. By the clock of the database, which all servers share. */
export async function insertFailure(
  db: Db,
  { addressHash, windowSeconds }: { addressHash: Buffer; windowSeconds: number },
): Promise<void> {
  const endsAt = sql<Date>`now() + make_interval(secs => ${windowSeconds})`
  const isOver = sql<boolean>`unlock_failure.ends_at <= now()`
  await db
    .insertInto('unlockFailure')
    .values({ addressHash, failures: 1, endsAt })
    .onConflict((conflict) =>
      conflict.column('addressHash').doUpdateSet({
        failures: sql<number>`case when ${isOver} then 1 else unlock_failure.failures + 1 end`,
        endsAt: sql<Date>`case when ${isOver} then excluded.ends_at else unlock_failure.ends_at end`,
      }),
    )
    .execute()
}

/** Removes what counts no more. Scans the table: a row an address that failed since the last time. */
export const deleteOldFailures = (db: Db) =>
  db.deleteFrom('unlockFailure').where('endsAt', '<=', sql<Date>`now()`).execute()
