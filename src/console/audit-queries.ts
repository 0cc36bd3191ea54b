import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Slice } from '../http/paging.ts'
import type { AuditRef } from './start-audit.ts'

/** Adds photos to a sample until it has `size`, or all there are. The order is a hash of seed and id: even, and always the same. */
export async function extendSample(
  db: Db,
  { eventId, seed }: AuditRef,
  size: number,
): Promise<void> {
  // One extends at a time: ordinals have no gaps.
  await db.selectFrom('event').select('id').where('id', '=', eventId).forNoKeyUpdate().execute()
  const have = db
    .selectFrom('auditPhoto')
    .select(({ fn }) => fn.countAll<string>().as('photos'))
    .where('eventId', '=', eventId)
    .where('seed', '=', seed)
  const { photos } = await have.executeTakeFirstOrThrow()
  await sql`
    insert into audit_photo (event_id, seed, ordinal, photo_id)
    select ${eventId}, ${seed}, ${Number(photos)} + row_number() over (order by hash) - 1, id
    from (
      select id, md5(${String(seed)} || id::text) as hash from photo
      where event_id = ${eventId} and status = 'done' and not exists (
        select from audit_photo as taken
        where taken.event_id = photo.event_id and taken.seed = ${seed} and taken.photo_id = photo.id)
      order by hash limit ${Math.max(0, size - Number(photos))}
    ) as drawn`.execute(db)
}

export async function countSample(db: Db, { eventId, seed }: AuditRef) {
  const { photos } = await db
    .selectFrom('auditPhoto')
    .select(({ fn }) => fn.countAll<string>().as('photos'))
    .where('eventId', '=', eventId)
    .where('seed', '=', seed)
    .executeTakeFirstOrThrow()
  return { photos: Number(photos) }
}

/** A part of a sample in the order of asking. Index: audit_photo (event_id, seed, ordinal). */
export const findSample = (db: Db, { eventId, seed }: AuditRef, { offset, limit }: Slice) =>
  db
    .selectFrom('auditPhoto')
    .select(['ordinal', 'photoId', 'bibs'])
    .where('eventId', '=', eventId)
    .where('seed', '=', seed)
    .orderBy('ordinal')
    .offset(offset)
    .limit(limit)
    .execute()

/** The next photos that nobody was asked about. */
export const findUnjudged = (db: Db, { eventId, seed }: AuditRef, limit: number) =>
  db
    .selectFrom('auditPhoto')
    .select(['ordinal', 'photoId'])
    .where('eventId', '=', eventId)
    .where('seed', '=', seed)
    .where('bibs', 'is', null)
    .orderBy('ordinal')
    .limit(limit)
    .execute()

export async function findJudged(db: Db, { eventId, seed }: AuditRef) {
  const rows = await db
    .selectFrom('auditPhoto')
    .select(['photoId', 'bibs'])
    .where('eventId', '=', eventId)
    .where('seed', '=', seed)
    .where('bibs', 'is not', null)
    .execute()
  return rows.map(({ photoId, bibs }) => ({ photoId, bibs: bibs ?? [] }))
}

/** False when the photo is not in the sample. */
export async function updateJudgement(
  db: Db,
  { eventId, seed }: AuditRef,
  { photoId, bibs, judgedBy }: { photoId: string; bibs: string[]; judgedBy: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auditPhoto')
    .set({ bibs, judgedBy, judgedAt: new Date() })
    .where('eventId', '=', eventId)
    .where('seed', '=', seed)
    .where('photoId', '=', photoId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
