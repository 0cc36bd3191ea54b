import { findCandidates } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { countSample, findJudged } from './audit-queries.ts'
import { sameBib } from './judge-photo.ts'
import type { AuditReport } from './schema.ts'
import type { AuditRef } from './start-audit.ts'
import { wilson } from './wilson.ts'

/**
 * How right the reads of an event are, by what a person saw in a sample. The reads are judged as the rules choose from them
 * now and without what people corrected: a new engine or start list is judged by the same answers without asking again.
 */
export async function reportAudit({ db }: { db: Db }, audit: AuditRef): Promise<AuditReport> {
  const [{ photos }, judged] = await Promise.all([countSample(db, audit), findJudged(db, audit)])
  const ids = judged.map(({ photoId }) => photoId)
  const found = new Map(
    (await findCandidates(db, audit.eventId, ids)).map((photo) => [photo.id, photo.machineBibs]),
  )
  const sum = { right: 0, shown: 0, seen: 0, photosSeen: 0, photosFound: 0 }
  for (const { photoId, bibs } of judged) {
    const shown = new Set((found.get(photoId) ?? []).map(sameBib))
    const seen = new Set(bibs.map(sameBib))
    const right = [...shown].filter((bib) => seen.has(bib)).length
    sum.right += right
    sum.shown += shown.size
    sum.seen += seen.size
    if (seen.size > 0) sum.photosSeen += 1
    if (right > 0) sum.photosFound += 1
  }
  return {
    seed: audit.seed,
    photos,
    judged: judged.length,
    precision: wilson(sum.right, sum.shown),
    recall: wilson(sum.right, sum.seen),
    coverage: wilson(sum.photosFound, sum.photosSeen),
  }
}
