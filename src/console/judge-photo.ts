import { bibKey, correctBibs, findCandidates } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { isUuid } from '../lib/ids.ts'
import { updateJudgement } from './audit-queries.ts'
import { notInSample } from './errors.ts'
import type { AuditRef } from './start-audit.ts'

/** Start lists write A-12 what a person may type as A12. */
export const sameBib = (bib: string) => bibKey(bib.replace(/[^\p{L}\p{N}]/gu, ''))

/**
 * Records every bib that a person can read in a photo of the sample. It is evidence too: what is shown and was seen is
 * confirmed, what is shown and was not seen is rejected, what was seen alone is added.
 *
 * @throws photo_not_found
 */
export async function judgePhoto(
  { db }: { db: Db },
  { audit, photoId, bibs, by }: { audit: AuditRef; photoId: string; bibs: string[]; by: string },
): Promise<void> {
  const [photo] = isUuid(photoId) ? await findCandidates(db, audit.eventId, [photoId]) : []
  if (!photo || !(await updateJudgement(db, audit, { photoId, bibs, judgedBy: by })))
    throw notInSample(photoId)
  const seen = new Map(bibs.map((bib) => [sameBib(bib), bib]))
  const known = photo.candidates.filter(
    ({ bib, isShown, verdict }) => isShown || verdict !== null || seen.has(sameBib(bib)),
  )
  const corrections = known.map(({ bib }) => ({
    bib,
    verdict: seen.has(sameBib(bib)) ? ('confirmed' as const) : ('rejected' as const),
  }))
  for (const { bib } of known) seen.delete(sameBib(bib))
  for (const bib of seen.values()) corrections.push({ bib, verdict: 'confirmed' })
  const ref = { eventId: audit.eventId, photoId }
  await correctBibs({ db }, { photo: ref, corrections, by, isReviewed: true })
}
