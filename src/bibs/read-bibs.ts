import type { Db } from '../db/connect.ts'
import { findHiddenBibs } from '../hiding/index.ts'
import { bibKeywords } from '../media/bib-keywords.ts'
import type { Box, Picture } from '../media/picture.ts'
import type { PhotoRef } from '../photos/index.ts'
import type { BibRead } from './engine/bib-read.ts'
import { findStartList } from './find-start-list.ts'
import { withoutHidden } from './hidden-bibs.ts'
import { lockStartListRevision, markBibsRead, type Reading, replaceReadings } from './queries.ts'
import { showBibs } from './show-bibs.ts'

/** Looks closely below `faces`; at all of the picture when there are none, or when they are not known. */
export type BibReader = (
  picture: Picture,
  signal: AbortSignal,
  faces?: readonly Box[],
) => Promise<BibRead[]>
export type BibDeps = { db: Db; bibReader: BibReader }

/**
 * Reads the bibs of one photo, keeps every read as evidence and shows those that the rules choose. Safe to run again. Of hidden
 * bibs nothing is kept. Gives all that was read.
 */
export async function readBibs(
  { db, bibReader }: BibDeps,
  {
    photo,
    picture,
    keywords,
    faces,
  }: { photo: PhotoRef; picture: Picture; keywords: readonly string[]; faces: readonly Box[] },
  signal: AbortSignal,
): Promise<Reading[]> {
  const found = [
    ...(await bibReader(picture, signal, faces)).map(fromEngine),
    ...bibKeywords(keywords).map(fromKeyword),
  ].map((reading, ordinal): Reading => ({ ...photo, ordinal, ...reading }))
  await db.transaction().execute(async (tx) => {
    const revision = await lockStartListRevision(tx, photo.eventId)
    if (revision === undefined) return // the event was deleted since
    const hidden = await findHiddenBibs(tx, photo.eventId)
    const readings = withoutHidden(found, hidden)
    const list = await findStartList(tx, photo.eventId, revision)
    await replaceReadings(tx, photo, readings)
    await showBibs(tx, photo.eventId, { byPhoto: new Map([[photo.photoId, readings]]), list })
    await markBibsRead(tx, photo)
  })
  return found
}

const fromEngine = ({ text, score, box, fullText, kind }: BibRead) => ({
  source: 'engine' as const,
  kind,
  text,
  fullText,
  score,
  box: box.map(Math.round),
})

const fromKeyword = (bib: string) => ({
  source: 'keyword' as const,
  kind: 'alphanumeric' as const,
  text: bib,
  fullText: bib,
  score: 1,
  box: [],
})
