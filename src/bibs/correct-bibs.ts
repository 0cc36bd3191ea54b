import type { Db } from '../db/connect.ts'
import type { Verdict } from '../db/tables.ts'
import { eventNotFound, lockEvent } from '../events/index.ts'
import { isUuid } from '../lib/ids.ts'
import { findPhotosById, type PhotoRef, photoNotFound } from '../photos/index.ts'
import { bibKey } from './bib-key.ts'
import { findStartList } from './find-start-list.ts'
import { deleteVerdict, findReadingsOf, replaceVerdict } from './queries.ts'
import { markReviewed, reopenReview } from './review-queries.ts'
import { showBibs } from './show-bibs.ts'

/** What a person says about one bib of a photo: it is there, it is not, or (`null`) what was said is taken back. */
export type Correction = { bib: string; verdict: Verdict | null }

/**
 * Records what a person says about the bibs of a photo, and shows the photo by it at once. It holds for good: also when the
 * photo is read again or another start list comes.
 *
 * @param by who says so, for people
 * @param isReviewed true: the photo leaves the review queue; false: it comes back; undefined: neither
 * @throws event_not_found, photo_not_found
 */
export async function correctBibs(
  { db }: { db: Db },
  {
    photo,
    corrections,
    by,
    isReviewed,
  }: { photo: PhotoRef; corrections: readonly Correction[]; by: string; isReviewed?: boolean },
): Promise<void> {
  const { eventId, photoId } = photo
  await db.transaction().execute(async (tx) => {
    // Whoever chooses bibs holds this row too: what was said is never overlooked.
    const event = await lockEvent(tx, eventId)
    if (!event) throw eventNotFound(eventId)
    if (!isUuid(photoId) || (await findPhotosById(tx, eventId, [photoId])).length === 0)
      throw photoNotFound(photoId)
    for (const { bib, verdict } of corrections) {
      const row = { ...photo, bibKey: bibKey(bib) }
      if (verdict === null) await deleteVerdict(tx, row)
      else await replaceVerdict(tx, { ...row, bib: bib.trim(), verdict, decidedBy: by })
    }
    const list = await findStartList(tx, eventId, event.startListRevision)
    const byPhoto = new Map([[photoId, await findReadingsOf(tx, eventId, [photoId])]])
    if (isReviewed === false) await reopenReview(tx, photo)
    await showBibs(tx, eventId, { byPhoto, list })
    if (isReviewed) await markReviewed(tx, photo, by)
  })
}
