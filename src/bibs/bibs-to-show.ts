import type { PhotoRef } from '../photos/index.ts'
import { bibKey } from './bib-key.ts'
import { chooseBibs, type StartList } from './choose-bibs.ts'
import type { BibRead } from './engine/bib-read.ts'
import type { PhotoBib, Reading, VerdictRow } from './queries.ts'

/**
 * Which bibs a photo shows: what the engine's rules choose from its reads, and the photographer's keywords that the start list
 * has. Without a list a keyword stays evidence: it may as well be a year. What a person said outranks both: a confirmed bib is
 * shown with score 1, a rejected one never; the place of a rejected read is not given to another read.
 */
export function bibsToShow(
  { eventId, photoId }: PhotoRef,
  readings: readonly Reading[],
  list: StartList | undefined,
  verdicts: readonly VerdictRow[] = [],
): PhotoBib[] {
  const reads = readings.filter(({ source }) => source === 'engine').map(toRead)
  const shown = new Map<string, PhotoBib>()
  for (const { bib, score, box } of chooseBibs(reads, list))
    shown.set(bibKey(bib), { eventId, photoId, bibKey: bibKey(bib), bib, score, box: [...box] })
  for (const { source, text, score } of readings) {
    const key = bibKey(text)
    const bib = source === 'keyword' ? list?.bibOf(key) : undefined
    if (bib !== undefined && !shown.has(key))
      shown.set(key, { eventId, photoId, bibKey: key, bib, score, box: [] })
  }
  for (const { bibKey: key, bib, verdict } of verdicts) {
    const box = shown.get(key)?.box ?? placeOf(readings, key)
    shown.delete(key)
    if (verdict === 'confirmed')
      shown.set(key, { eventId, photoId, bibKey: key, bib: list?.bibOf(key) ?? bib, score: 1, box })
  }
  return [...shown.values()]
}

/** Where the surest read of a bib is; nowhere for one that only a person saw. */
const placeOf = (readings: readonly Reading[], key: string) =>
  readings
    .filter(({ text, box }) => bibKey(text) === key && box.length > 0)
    .sort((a, b) => b.score - a.score)[0]?.box ?? []

/** A stored read as the engine gave it. */
export const toRead = ({ text, score, box, fullText, kind }: Reading): BibRead => ({
  text,
  score,
  fullText,
  kind,
  box: [box[0] ?? 0, box[1] ?? 0, box[2] ?? 0, box[3] ?? 0],
})
