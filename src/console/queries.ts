import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Identity } from '../http/authenticate.ts'

type Limits = { maxSeconds: number; idleSeconds: number }

export const insertSession = (db: Db, session: { hash: Buffer; keyId: string }) =>
  db.insertInto('consoleSession').values(session).execute()

/** The key behind a session that has not ended; notes once a minute that it is used. Index: console_session (hash). */
export async function findLiveSession(
  db: Db,
  { hash, maxSeconds, idleSeconds }: { hash: Buffer } & Limits,
): Promise<Identity | undefined> {
  const found = await db
    .selectFrom('consoleSession as session')
    .innerJoin('apiKey', 'apiKey.id', 'session.keyId')
    .select([
      'apiKey.id as keyId',
      'apiKey.name as keyName',
      'apiKey.orgId',
      'apiKey.scopes',
      'apiKey.active',
      sql<boolean>`session.last_seen_at < now() - interval '1 minute'`.as('isStale'),
    ])
    .where('session.hash', '=', hash)
    .where('apiKey.active', '=', true)
    .where(sql<boolean>`session.created_at > now() - make_interval(secs => ${maxSeconds})`)
    .where(sql<boolean>`session.last_seen_at > now() - make_interval(secs => ${idleSeconds})`)
    .executeTakeFirst()
  if (!found) return undefined
  const { isStale, ...identity } = found
  if (isStale)
    await db
      .updateTable('consoleSession')
      .set({ lastSeenAt: new Date() })
      .where('hash', '=', hash)
      .execute()
  return identity
}

export const deleteSession = (db: Db, hash: Buffer) =>
  db.deleteFrom('consoleSession').where('hash', '=', hash).execute()

export const deleteOldSessions = (db: Db, { maxSeconds, idleSeconds }: Limits) =>
  db
    .deleteFrom('consoleSession')
    .where(
      sql<boolean>`created_at <= now() - make_interval(secs => ${maxSeconds})
        or last_seen_at <= now() - make_interval(secs => ${idleSeconds})`,
    )
    .execute()
