import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Slice } from '../http/paging.ts'
import { PHOTO_COLUMNS, type PhotoRow } from '../photos/index.ts'

export const findSearch = (
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
) =>
  db
    .selectFrom('faceSearch')
    .select(['id', 'confidencePercentage'])
    .where('eventId', '=', eventId)
    .where('id', '=', requestId)
    .executeTakeFirst()

/** Keeps a search and its hits. False when another search took the id first; then nothing is written. */
export async function insertSearch(
  db: Db,
  search: { eventId: number; id: string; confidencePercentage: number; model: string },
  hits: readonly { photoId: string; faceId: string; percentage: number }[],
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('faceSearch')
    .values(search)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (!numInsertedOrUpdatedRows) return false
  // Joined, so that a photo deleted or a face forgotten in this moment is left out.
  await sql`
    insert into face_search_hit (event_id, search_id, photo_id, rank, percentage, face_id)
    select ${search.eventId}, ${search.id}::uuid, hit.photo_id, hit.rank, hit.percentage, hit.face_id
    from unnest(${hits.map(({ photoId }) => photoId)}::uuid[], ${hits.map(({ faceId }) => faceId)}::bigint[],
                ${hits.map(({ percentage }) => percentage)}::real[])
      with ordinality as hit (photo_id, face_id, percentage, rank)
    join photo on photo.event_id = ${search.eventId} and photo.id = hit.photo_id
    join face on face.event_id = photo.event_id and face.id = hit.face_id
    for key share of photo, face`.execute(db)
  return true
}

export type HitRow = PhotoRow & { percentage: number }

/** One page of a stored search, best first. Index: face_search_hit (event_id, search_id, rank). */
export const findHits = (
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
  { offset, limit }: Slice,
): Promise<HitRow[]> =>
  hitsOf(db, { eventId, requestId })
    .select([...PHOTO_COLUMNS, 'hit.percentage'])
    .orderBy('hit.rank')
    .offset(offset)
    .limit(limit)
    .execute()

export async function countHits(
  db: Db,
  ref: { eventId: number; requestId: string },
): Promise<number> {
  const { total } = await hitsOf(db, ref)
    .select((eb) => eb.fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

const hitsOf = (db: Db, { eventId, requestId }: { eventId: number; requestId: string }) =>
  db
    .selectFrom('faceSearchHit as hit')
    .innerJoin('photo', (join) =>
      join.onRef('photo.eventId', '=', 'hit.eventId').onRef('photo.id', '=', 'hit.photoId'),
    )
    .where('hit.eventId', '=', eventId)
    .where('hit.searchId', '=', requestId)
    .where('photo.status', '=', 'done')
