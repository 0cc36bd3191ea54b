import type { Db, Tx } from '../db/connect.ts'
import type { Box } from '../media/picture.ts'
import { findStartList } from './find-start-list.ts'
import {
  deleteReviewsOf,
  deleteVerdictsOf,
  eraseParticipant,
  findPhotosWithBib,
} from './forget-queries.ts'
import { findWorn, withoutHidden } from './hidden-bibs.ts'
import { findReadingsOf, lockStartListRevision, replaceReadings } from './queries.ts'
import { showBibs } from './show-bibs.ts'

/** A bib that somebody asked not to be found by, with its `keysOfBib`. */
export type BibToForget = { eventId: number; hidingId: string; keys: readonly string[] }

export type ForgottenBib = {
  /** Photos that were found by the bib. */
  photos: number
  readings: number
  verdicts: number
  /** Participants of the start list of whom more than the number was known. */
  participants: number
}

/** Photos whose reads are fetched at once. */
const BATCH = 500

const hiddenOf = ({ hidingId, keys }: BibToForget) => new Map(keys.map((key) => [key, hidingId]))

/** Where in an event's photos a bib was read. */
export async function findBibPlaces(
  db: Db,
  bib: BibToForget,
): Promise<{ photoId: string; boxes: Box[] }[]> {
  const { photoIds } = await findPhotosWithBib(db, bib)
  const places = []
  for (let at = 0; at < photoIds.length; at += BATCH) {
    const rows = await findReadingsOf(db, bib.eventId, photoIds.slice(at, at + BATCH))
    for (const [photoId, all] of Map.groupBy(rows, (row) => row.photoId))
      places.push({ photoId, boxes: findWorn(all, hiddenOf(bib)).map(({ box }) => box) })
  }
  return places
}

/**
 * Removes a bib from an event: what was read of it, what people said of it, and all but the number from the start list. The
 * number stays, so that others are still read right. New reads of it are not kept while a hiding names it.
 */
export async function forgetBib(tx: Tx, bib: BibToForget): Promise<ForgottenBib> {
  const { eventId } = bib
  const { shown: photos, photoIds } = await findPhotosWithBib(tx, bib)
  const verdicts = await deleteVerdictsOf(tx, bib)
  await deleteReviewsOf(tx, bib)
  const participants = await eraseParticipant(tx, bib)
  const revision = await lockStartListRevision(tx, eventId)
  const list = revision === undefined ? undefined : await findStartList(tx, eventId, revision)
  let readings = 0
  for (let at = 0; at < photoIds.length; at += BATCH) {
    const batch = photoIds.slice(at, at + BATCH)
    const rows = await findReadingsOf(tx, eventId, batch)
    const found = Map.groupBy(rows, ({ photoId }) => photoId)
    const byPhoto = new Map(
      batch.map((photoId) => [photoId, withoutHidden(found.get(photoId) ?? [], hiddenOf(bib))]),
    )
    for (const [photoId, kept] of byPhoto) {
      readings += (found.get(photoId)?.length ?? 0) - kept.length
      await replaceReadings(tx, { eventId, photoId }, kept)
    }
    await showBibs(tx, eventId, { byPhoto, list })
  }
  return { photos, readings, verdicts, participants }
}
