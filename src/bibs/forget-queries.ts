import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'

type Bib = { eventId: number; keys: readonly string[] }

/**
 * Photos in which a bib was read, surely or not, and in how many of them it is shown. Index: photo_bib (event_id, bib_key); scans
 * the event's reads.
 */
export async function findPhotosWithBib(
  db: Db,
  { eventId, keys }: Bib,
): Promise<{ shown: number; photoIds: string[] }> {
  const { rows } = await sql<{ photoId: string; isShown: boolean }>`
    select photo_id, bool_or(is_shown) as is_shown from (
      select photo_id, true as is_shown from photo_bib where event_id = ${eventId} and bib_key = any(${keys})
      union all
      select photo_id, false from bib_read where event_id = ${eventId}
        and (ltrim(upper(trim(text)), '0') = any(${keys})
          or ltrim(upper(regexp_replace(text, '[^[:alnum:]]', '', 'g')), '0') = any(${keys}))
    ) as found group by photo_id order by photo_id`.execute(db)
  return {
    shown: rows.filter(({ isShown }) => isShown).length,
    photoIds: rows.map(({ photoId }) => photoId),
  }
}

export async function deleteVerdictsOf(db: Db, { eventId, keys }: Bib): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('bibVerdict')
    .where('eventId', '=', eventId)
    .where('bibKey', '=', sql<string>`any(${keys})`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Open questions about a bib; those a person has answered only say that the photo was looked at. */
export const deleteReviewsOf = (db: Db, { eventId, keys }: Bib) =>
  db
    .deleteFrom('photoReview')
    .where('eventId', '=', eventId)
    .where('bibKey', '=', sql<string>`any(${keys})`)
    .where('reviewedAt', 'is', null)
    .execute()

/** Leaves of a participant the number alone. @returns how many had more */
export async function eraseParticipant(db: Db, { eventId, keys }: Bib): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('participant')
    .set({ name: null, category: null, startTime: null, finishTime: null })
    .where('eventId', '=', eventId)
    .where('bibKey', '=', sql<string>`any(${keys})`)
    .where(sql<boolean>`num_nonnulls(name, category, start_time, finish_time) > 0`)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
