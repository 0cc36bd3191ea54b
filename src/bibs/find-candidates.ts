import type { Db } from '../db/connect.ts'
import type { Verdict } from '../db/tables.ts'
import { findEvent } from '../events/index.ts'
import { findPhotosById } from '../photos/index.ts'
import { bibKey } from './bib-key.ts'
import { bibsToShow } from './bibs-to-show.ts'
import { doubtsOf } from './doubts.ts'
import { findStartList } from './find-start-list.ts'
import { findParticipants, findReadingsOf, findVerdicts, type PhotoBib } from './queries.ts'

/** One bib that a photo shows, might show, or that a person judged. */
export type Candidate = {
  bib: string
  score: number
  box: number[]
  isShown: boolean
  isDoubtful: boolean
  verdict: Verdict | null
  entrant: { name: string | null; category: string | null } | null
}

type PhotoWithCandidates = Awaited<ReturnType<typeof findPhotosById>>[number] & {
  candidates: Candidate[]
  /** What the rules choose from the reads alone, whatever people said. */
  machineBibs: string[]
}

/** Some finished photos, in the order asked for, each with every bib a person may want to judge, doubtful ones first; unknown ids are left out. */
export async function findCandidates(
  db: Db,
  eventId: number,
  photoIds: readonly string[],
): Promise<PhotoWithCandidates[]> {
  if (photoIds.length === 0) return []
  const event = await findEvent(db, eventId)
  const list = await findStartList(db, eventId, event?.startListRevision ?? 0)
  const [photos, readings, verdicts] = await Promise.all([
    findPhotosById(db, eventId, photoIds),
    findReadingsOf(db, eventId, photoIds),
    findVerdicts(db, eventId, photoIds),
  ])
  const byId = new Map(photos.map((photo) => [photo.id, photo]))
  const readsOf = Map.groupBy(readings, (row) => row.photoId)
  const saidOf = Map.groupBy(verdicts, (row) => row.photoId)
  const found = photoIds.flatMap((photoId) => {
    const photo = byId.get(photoId)
    if (!photo) return []
    const reads = readsOf.get(photoId) ?? []
    const said = saidOf.get(photoId) ?? []
    const ref = { eventId, photoId }
    const machine = bibsToShow(ref, reads, list)
    const doubts = new Set(doubtsOf(reads, machine, list, said).map((doubt) => doubt.bibKey))
    const shown = bibsToShow(ref, reads, list, said)
    const candidates = new Map<string, Candidate>()
    const add = (
      { bib, score, box }: Pick<PhotoBib, 'bib' | 'score' | 'box'>,
      isShown: boolean,
    ) => {
      const key = bibKey(bib)
      if (candidates.has(key)) return
      const verdict = said.find((row) => row.bibKey === key)?.verdict ?? null
      const isDoubtful = doubts.has(key)
      candidates.set(key, {
        bib,
        score,
        box: [...box],
        isShown,
        isDoubtful,
        verdict,
        entrant: null,
      })
    }
    for (const row of shown) add(row, true)
    for (const row of machine) add(row, false)
    for (const { text, score, box } of doubtsOf(reads, shown, list, said))
      add({ bib: list?.bibOf(bibKey(text)) ?? text, score, box }, false)
    for (const row of said) add({ bib: row.bib, score: 0, box: [] }, false)
    return [
      {
        ...photo,
        candidates: [...candidates.values()].sort(
          (a, b) => Number(b.isDoubtful) - Number(a.isDoubtful),
        ),
        machineBibs: machine.map(({ bib }) => bib),
      },
    ]
  })
  const keys = found.flatMap(({ candidates }) => candidates.map(({ bib }) => bibKey(bib)))
  const entrants = new Map(
    (await findParticipants(db, eventId, keys)).map(({ bibKey: key, ...row }) => [key, row]),
  )
  for (const { candidates } of found)
    for (const candidate of candidates) {
      const entrant = entrants.get(bibKey(candidate.bib))
      if (entrant) candidate.entrant = { name: entrant.name, category: entrant.category }
    }
  return found
}
