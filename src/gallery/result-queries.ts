import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import { PHOTO_COLUMNS, type PhotoRow } from '../photos/index.ts'

export type ResultRow = Selectable<Tables['galleryResult']>
export type SelfieRow = Selectable<Tables['gallerySelfie']>
export type ResultRef = { eventId: number; resultId: string }
export type MatchRow = PhotoRow & { percentage: number; isHidden: boolean }

export const insertResult = (db: Db, result: Insertable<Tables['galleryResult']>) =>
  db.insertInto('galleryResult').values(result).execute()

/** A result that has not expired, by the hash of either of its tokens. Indexes: the unique ones of gallery_result. */
export const findResult = (
  db: Db,
  { eventId, hash }: { eventId: number; hash: Buffer },
): Promise<ResultRow | undefined> =>
  db
    .selectFrom('galleryResult')
    .selectAll()
    .where('eventId', '=', eventId)
    .where((eb) => eb.or([eb('tokenHash', '=', hash), eb('shareHash', '=', hash)]))
    .where('expiresAt', '>', sql<Date>`now()`)
    .executeTakeFirst()

export const updateShare = (
  db: Db,
  { eventId, resultId }: ResultRef,
  share: Pick<ResultRow, 'shareNonce' | 'shareHash'>,
) =>
  db
    .updateTable('galleryResult')
    .set(share)
    .where('eventId', '=', eventId)
    .where('id', '=', resultId)
    .execute()

export const insertSelfies = (db: Db, selfies: readonly SelfieRow[]) =>
  db
    .insertInto('gallerySelfie')
    .values([...selfies])
    .execute()

/** The faces asked with, in order of arrival. */
export const findSelfies = (db: Db, { eventId, resultId }: ResultRef): Promise<SelfieRow[]> =>
  db
    .selectFrom('gallerySelfie')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('resultId', '=', resultId)
    .orderBy('id')
    .execute()

/**
 * Replaces what was found; false when the result is gone.
 *
 * @param keepsOthers what was found before and is not among `matches` stays
 */
export async function replaceMatches(
  tx: Tx,
  { eventId, resultId }: ResultRef,
  matches: readonly { photoId: string; faceId: string; percentage: number }[],
  { keepsOthers }: { keepsOthers: boolean },
): Promise<boolean> {
  const result = await tx
    .updateTable('galleryResult')
    .set({ matchedAt: new Date() })
    .where('eventId', '=', eventId)
    .where('id', '=', resultId)
    .returning('id')
    .executeTakeFirst()
  if (!result) return false
  await tx
    .deleteFrom('galleryMatch')
    .where('eventId', '=', eventId)
    .where('resultId', '=', resultId)
    .$if(keepsOthers, (query) =>
      query.where(
        'photoId',
        '=',
        sql<string>`any(${matches.map(({ photoId }) => photoId)}::uuid[])`,
      ),
    )
    .execute()
  // Joined, so that a photo deleted or a face forgotten in this moment is left out.
  await sql`
    insert into gallery_match (event_id, result_id, photo_id, percentage)
    select ${eventId}, ${resultId}::uuid, photo.id, found.percentage
    from unnest(${matches.map(({ photoId }) => photoId)}::uuid[], ${matches.map(({ faceId }) => faceId)}::bigint[],
                ${matches.map(({ percentage }) => percentage)}::real[]) as found (photo_id, face_id, percentage)
    join photo on photo.event_id = ${eventId} and photo.id = found.photo_id
    join face on face.event_id = photo.event_id and face.id = found.face_id
    for key share of photo, face`.execute(tx)
  return true
}

/**
 * Removes photos from the results that are not compared anew since one of their selfies is of an earlier face model. Index:
 * gallery_match_photo.
 */
export const deleteKeptMatches = (db: Db, eventId: number, photoIds: readonly string[]) =>
  sql`
    delete from gallery_match
    where event_id = ${eventId} and photo_id = any(${photoIds}::uuid[])
      and result_id in (
        select result_id from gallery_selfie
        where event_id = ${eventId} and model <> searched_face_model(${eventId}))`.execute(db)

/** What was found, the surest first, with what the holder said about it. Index: gallery_match (event_id, result_id). */
export const findMatches = (db: Db, { eventId, resultId }: ResultRef): Promise<MatchRow[]> =>
  db
    .selectFrom('galleryMatch as match')
    .innerJoin('photo', (join) =>
      join.onRef('photo.eventId', '=', 'match.eventId').onRef('photo.id', '=', 'match.photoId'),
    )
    .leftJoin('galleryNotMe as said', (join) =>
      join
        .onRef('said.eventId', '=', 'match.eventId')
        .onRef('said.resultId', '=', 'match.resultId')
        .onRef('said.photoId', '=', 'match.photoId'),
    )
    .select([...PHOTO_COLUMNS, 'match.percentage'])
    .select(sql<boolean>`said.photo_id is not null`.as('isHidden'))
    .where('match.eventId', '=', eventId)
    .where('match.resultId', '=', resultId)
    .where('photo.status', '=', 'done')
    .orderBy('match.percentage', 'desc')
    .orderBy('photo.capturedAt')
    .orderBy('photo.id')
    .execute()

/** False when the result does not show the photo. */
export async function insertNotMe(
  db: Db,
  { eventId, resultId }: ResultRef,
  photoId: string,
): Promise<boolean> {
  const match = await db
    .selectFrom('galleryMatch')
    .select('photoId')
    .where('eventId', '=', eventId)
    .where('resultId', '=', resultId)
    .where('photoId', '=', photoId)
    .forKeyShare()
    .executeTakeFirst()
  if (!match) return false
  await db
    .insertInto('galleryNotMe')
    .values({ eventId, resultId, photoId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return true
}

export const deleteNotMe = (db: Db, { eventId, resultId }: ResultRef, photoId: string) =>
  db
    .deleteFrom('galleryNotMe')
    .where('eventId', '=', eventId)
    .where('resultId', '=', resultId)
    .where('photoId', '=', photoId)
    .execute()

/** Removes a result with its faces and all that was found or said. */
export const deleteResult = (db: Db, { eventId, resultId }: ResultRef) =>
  db.deleteFrom('galleryResult').where('eventId', '=', eventId).where('id', '=', resultId).execute()

/** Index: gallery_result_expiry. */
export const findExpiredResults = (db: Db, limit: number): Promise<ResultRef[]> =>
  db
    .selectFrom('galleryResult')
    .select(['eventId', 'id as resultId'])
    .where('expiresAt', '<=', sql<Date>`now()`)
    .orderBy('expiresAt')
    .limit(limit)
    .execute()

/** Results of an event, those made before an instant if one is given. Scans the event's results. */
export const findResultsOf = (db: Db, eventId: number, before?: Date): Promise<ResultRef[]> =>
  db
    .selectFrom('galleryResult')
    .select(['eventId', 'id as resultId'])
    .where('eventId', '=', eventId)
    .$if(before !== undefined, (query) => query.where('createdAt', '<', before!))
    .execute()

/** The faces of all results of an event. */
export const findSelfiesOf = (db: Db, eventId: number): Promise<SelfieRow[]> =>
  db.selectFrom('gallerySelfie').selectAll().where('eventId', '=', eventId).execute()
