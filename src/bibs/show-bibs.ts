import type { Db } from '../db/connect.ts'
import { findHiddenBibs } from '../hiding/index.ts'
import { bibsToShow } from './bibs-to-show.ts'
import type { StartList } from './choose-bibs.ts'
import { doubtsOf } from './doubts.ts'
import { keysOfBib } from './hidden-bibs.ts'
import { findVerdicts, type Reading, replacePhotoBibs } from './queries.ts'
import { replaceOpenReviews } from './review-queries.ts'

/**
 * Chooses what some photos show, and which of them a person should look at, from all evidence: what people said, then reads.
 * Runs in a transaction that holds the event's row, so that no verdict comes in between.
 */
export async function showBibs(
  tx: Db,
  eventId: number,
  {
    byPhoto,
    list,
  }: { byPhoto: ReadonlyMap<string, readonly Reading[]>; list: StartList | undefined },
): Promise<void> {
  const photoIds = [...byPhoto.keys()]
  const hidden = await findHiddenBibs(tx, eventId)
  const verdicts = Map.groupBy(await findVerdicts(tx, eventId, photoIds), (row) => row.photoId)
  const choices = [...byPhoto].map(([photoId, readings]) => {
    const said = verdicts.get(photoId) ?? []
    const chosen = bibsToShow({ eventId, photoId }, readings, list, said)
    const shown = chosen.filter(({ bib }) => !keysOfBib(bib).some((key) => hidden.has(key)))
    return { photoId, shown, doubt: doubtsOf(readings, shown, list, said)[0] }
  })
  await replacePhotoBibs(
    tx,
    { eventId, photoIds },
    choices.flatMap(({ shown }) => shown),
  )
  await replaceOpenReviews(
    tx,
    { eventId, photoIds },
    choices.flatMap(({ photoId, doubt }) =>
      doubt ? [{ eventId, photoId, bibKey: doubt.bibKey, usefulness: doubt.usefulness }] : [],
    ),
  )
}
