import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'

/** The next faces of an event as one model sees them, with all that comparing asks. Index: face (event_id, id). */
export const findFacesToCompare = (
  db: Db,
  {
    eventId,
    model,
    after,
    limit,
  }: { eventId: number; model: string; after: string; limit: number },
) =>
  db
    .selectFrom('face')
    .select(['id', 'photoId', 'box', 'quality', 'embedding'])
    .where('eventId', '=', eventId)
    .where('model', '=', model)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()

/** All faces of some photos, of every model. Index: face_by_photo. */
export const findFacesIn = (db: Db, eventId: number, photoIds: readonly string[]) =>
  db
    .selectFrom('face')
    .select(['id', 'photoId', 'box', 'quality', 'embedding', 'model'])
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .orderBy('id')
    .execute()

/** Indexes in memory forget them by the trigger. Index: face (event_id, id). */
export async function deleteFaces(
  db: Db,
  eventId: number,
  ids: readonly string[],
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('face')
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::bigint[])`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/**
 * Removes from stored searches what faces that are gone had brought in, of some photos. Of searches older than the note of the
 * face it is not known whose face it was: these lose the photos whole, and find them again when asked again. Index:
 * face_search_hit_photo.
 */
export async function deleteHitsWithoutFace(
  db: Db,
  eventId: number,
  photoIds: readonly string[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from face_search_hit as hit
    where hit.event_id = ${eventId} and hit.photo_id = any(${photoIds}::uuid[])
      and not exists (select from face where face.event_id = hit.event_id and face.id = hit.face_id)`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0n)
}

/** Removes some faces of an event, of photos that arrived before `before` if given; gives how many. Index: face_by_photo. */
export async function deleteSomeFaces(
  db: Db,
  { eventId, before, limit }: { eventId: number; before?: string; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from face where event_id = ${eventId} and id = any(array(
      select id from face where event_id = ${eventId} and photo_id < coalesce(${before ?? null}::uuid, ${AFTER_ALL}::uuid)
      limit ${limit}))`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Lets the photos of an event count as never looked at. */
export const forgetModelsOfPhotos = (db: Db, eventId: number) =>
  sql`update photo set face_models = '{}' where event_id = ${eventId} and face_models <> '{}'`.execute(
    db,
  )

/** Deletes stored searches with their hits, those made before `before` if given; gives their ids. Index: face_search_by_age. */
export async function deleteFaceSearches(
  db: Db,
  eventId: number,
  before?: Date,
): Promise<string[]> {
  const rows = await db
    .deleteFrom('faceSearch')
    .where('eventId', '=', eventId)
    .$if(before !== undefined, (query) => query.where('createdAt', '<', before!))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}
