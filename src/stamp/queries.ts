import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Orientation } from '../db/tables.ts'

type PhotoRef = { eventId: number; photoId: string }

export const replaceWatermark = (
  db: Db,
  row: {
    eventId: number
    orientation: Orientation
    contentType: 'image/png' | 'image/svg+xml'
    art: Buffer
  },
) =>
  db
    .insertInto('watermark')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['eventId', 'orientation'])
        .doUpdateSet({ contentType: row.contentType, art: row.art, updatedAt: new Date() }),
    )
    .execute()

export const deleteWatermarks = (db: Db, eventId: number) =>
  db.deleteFrom('watermark').where('eventId', '=', eventId).execute()

/** Notes which mark a photo's previews carry. False when the photo is gone. */
export async function updateStamp(
  db: Db,
  { eventId, photoId }: PhotoRef,
  stampRecipe: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('photo')
    .set({ stampRecipe, stampedAt: new Date() })
    .where('eventId', '=', eventId)
    .where('id', '=', photoId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Finished photos whose previews carry another mark than the event's. Index: photo_by_stamp. */
export const findStalePhotos = (
  db: Db,
  {
    eventId,
    share,
    shares,
    limit,
  }: { eventId: number; share: number; shares: number; limit: number },
) =>
  db
    .selectFrom('photo')
    .innerJoin('event', 'event.id', 'photo.eventId')
    .select(['photo.id', 'photo.originalKey', 'photo.stampRecipe'])
    .where('photo.eventId', '=', eventId)
    .where('photo.status', '=', 'done')
    .where(({ eb, ref }) =>
      eb(ref('photo.stampRecipe'), 'is distinct from', ref('event.stampRecipe')),
    )
    .where(sql<boolean>`abs(hashtext(photo.id::text)) % ${shares} = ${share}`)
    .limit(limit)
    .execute()

/** Index: photo (event_id, id). */
export const findStamp = (db: Db, { eventId, photoId }: PhotoRef) =>
  db
    .selectFrom('photo')
    .innerJoin('event', 'event.id', 'photo.eventId')
    .select('photo.stampRecipe')
    .where('photo.eventId', '=', eventId)
    .where('photo.id', '=', photoId)
    .where('photo.status', '=', 'done')
    .where('event.deletedAt', 'is', null)
    .executeTakeFirst()

/** A finished photo to show a mark on: the one asked for, else the event's first of an orientation, else its first. */
export const findPhotoToShow = (
  db: Db,
  {
    eventId,
    orientation,
    photoId,
  }: { eventId: number; orientation: 'portrait' | 'landscape'; photoId?: string | undefined },
) =>
  db
    .selectFrom('photo')
    .select(['id', 'originalKey'])
    .where('eventId', '=', eventId)
    .where('status', '=', 'done')
    .where('originalKey', 'is not', null)
    .$if(photoId !== undefined, (query) => query.where('id', '=', photoId!))
    .orderBy(sql`(height > width) = ${orientation === 'portrait'}`, 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()

/** Which art an event has, without its bytes. */
export const findWatermarkFacts = (db: Db, eventId: number) =>
  db
    .selectFrom('watermark')
    .select(['orientation', 'contentType', 'updatedAt', sql<number>`length(art)`.as('bytes')])
    .where('eventId', '=', eventId)
    .orderBy('orientation')
    .execute()
