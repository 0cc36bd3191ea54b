import type { Db } from '../db/connect.ts'
import { bibKey } from './bib-key.ts'
import { startListOf } from './choose-bibs.ts'
import { type ParsedStartList, parseStartList } from './parse-start-list.ts'
import { countPhotosByReadText, countPhotosByShownBib } from './queries.ts'

/** Rows shown of each kind: enough to see what is wrong. */
const SHOWN = 20
/** The least score that a list lets pass for a bib of usual length. */
const LEAST_SCORE = 0.55

type BibCount = { bib: string; photos: number }

export type StartListPreview = ParsedStartList & {
  /** Entrants of whom a photo has a read that this list would trust. */
  matched: number
  /** Entrants that no photo shows now and some photo has a read of. */
  gained: BibCount[]
  gainedTotal: number
  /** Bibs that photos show now and that this list lacks: they would go. */
  lost: BibCount[]
  lostTotal: number
}

/**
 * What a start list would do, without doing it.
 *
 * @throws start_list_invalid
 */
export async function previewStartList(
  { db }: { db: Db },
  { eventId, csv }: { eventId: number; csv: Uint8Array },
): Promise<StartListPreview> {
  const parsed = parseStartList(csv)
  const list = startListOf(parsed.participants.map(({ bib }) => bib))
  const [shown, reads] = await Promise.all([
    countPhotosByShownBib(db, eventId),
    countPhotosByReadText(db, eventId, LEAST_SCORE),
  ])
  const photosOf = new Map<string, BibCount>()
  for (const { text, photos } of reads) {
    const bib = list.bibOf(bibKey(text))
    if (bib !== undefined && (photosOf.get(bib)?.photos ?? 0) < photos)
      photosOf.set(bib, { bib, photos })
  }
  const isShown = new Set(shown.map((row) => list.bibOf(bibKey(row.bib))))
  const gained = [...photosOf.values()].filter(({ bib }) => !isShown.has(bib)).sort(byPhotos)
  const lost = shown
    .filter(({ bib, isConfirmed }) => !isConfirmed && !list.has(bibKey(bib)))
    .map(({ bib, photos }) => ({ bib, photos }))
    .sort(byPhotos)
  return {
    ...parsed,
    matched: photosOf.size,
    gained: gained.slice(0, SHOWN),
    gainedTotal: gained.length,
    lost: lost.slice(0, SHOWN),
    lostTotal: lost.length,
  }
}

const byPhotos = (a: BibCount, b: BibCount) => b.photos - a.photos
