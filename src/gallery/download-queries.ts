import { type Insertable, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'

export type Original = {
  id: string
  fileName: string
  originalKey: string | null
  bytes: string
  capturedAt: Date | null
}

/** What downloads need of some photos of an event, in order of time; unknown ids are left out. Index: photo (event_id, id). */
export const findOriginals = (
  db: Db,
  eventId: number,
  photoIds: readonly string[],
): Promise<Original[]> =>
  db
    .selectFrom('photo')
    .select(['id', 'fileName', 'originalKey', 'bytes', 'capturedAt'])
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${photoIds}::uuid[])`)
    .where('status', '=', 'done')
    .where('originalKey', 'is not', null)
    .orderBy('capturedAt')
    .orderBy('id')
    .execute()

export const insertDownload = (db: Db, download: Insertable<Tables['galleryDownload']>) =>
  db.insertInto('galleryDownload').values(download).execute()

/** One that has not expired. */
export const findDownload = (db: Db, { eventId, hash }: { eventId: number; hash: Buffer }) =>
  db
    .selectFrom('galleryDownload')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('hash', '=', hash)
    .where('expiresAt', '>', sql<Date>`now()`)
    .executeTakeFirst()

/** Index: gallery_download_expiry. */
export const deleteExpiredDownloads = (db: Db) =>
  db.deleteFrom('galleryDownload').where('expiresAt', '<=', sql<Date>`now()`).execute()
