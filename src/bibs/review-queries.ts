import { type Insertable, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import type { Slice } from '../http/paging.ts'
import type { PhotoRef } from '../photos/index.ts'

type Photos = { eventId: number; photoIds: readonly string[] }

/** Replaces which of some photos wait for a person's eye; those that one has looked at stay as they are. */
export async function replaceOpenReviews(
  db: Db,
  { eventId, photoIds }: Photos,
  reviews: readonly Pick<
    Insertable<Tables['photoReview']>,
    'eventId' | 'photoId' | 'bibKey' | 'usefulness'
  >[],
) {
  await db
    .deleteFrom('photoReview')
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .where('reviewedAt', 'is', null)
    .execute()
  if (reviews.length > 0)
    await db
      .insertInto('photoReview')
      .values([...reviews])
      .onConflict((conflict) => conflict.columns(['eventId', 'photoId']).doNothing())
      .execute()
}

export const markReviewed = (db: Db, photo: PhotoRef, reviewedBy: string) => {
  const done = { reviewedAt: new Date(), reviewedBy }
  return db
    .insertInto('photoReview')
    .values({ ...photo, bibKey: '', usefulness: 0, ...done })
    .onConflict((conflict) => conflict.columns(['eventId', 'photoId']).doUpdateSet(done))
    .execute()
}

export const reopenReview = (db: Db, { eventId, photoId }: PhotoRef) =>
  db
    .updateTable('photoReview')
    .set({ reviewedAt: null, reviewedBy: null })
    .where('eventId', '=', eventId)
    .where('photoId', '=', photoId)
    .execute()

/**
 * Photos that wait for a person's eye: first those that may be the first photo of somebody on the start list, then the most
 * doubtful. Index: photo_review_open; a few thousand wait at most, so they are sorted.
 */
export async function findReviewPage(
  db: Db,
  eventId: number,
  { offset, limit }: Slice,
): Promise<string[]> {
  const { rows } = await sql<{ photoId: string }>`
    select review.photo_id from photo_review as review
    left join participant on participant.event_id = review.event_id and participant.bib_key = review.bib_key
    where review.event_id = ${eventId} and review.reviewed_at is null
    order by participant.bib_key is not null and not exists (
               select from photo_bib as shown
               where shown.event_id = review.event_id and shown.bib_key = review.bib_key) desc,
             review.usefulness desc, review.photo_id
    offset ${offset} limit ${limit}`.execute(db)
  return rows.map(({ photoId }) => photoId)
}

/** Photos that wait for a person's eye, and those that had it. */
export async function countReviews(db: Db, eventId: number) {
  const { open, reviewed } = await db
    .selectFrom('photoReview')
    .select(({ fn }) => [
      fn.countAll<string>().filterWhere('reviewedAt', 'is', null).as('open'),
      fn.countAll<string>().filterWhere('reviewedAt', 'is not', null).as('reviewed'),
    ])
    .where('eventId', '=', eventId)
    .executeTakeFirstOrThrow()
  return { open: Number(open), reviewed: Number(reviewed) }
}
