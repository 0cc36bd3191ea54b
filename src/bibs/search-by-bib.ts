import type { Db } from '../db/connect.ts'
import type { Slice } from '../http/paging.ts'
import type { Page, PhotoRow } from '../photos/index.ts'
import { bibKey } from './bib-key.ts'
import { countPhotosByBib, findPhotosByBib } from './queries.ts'

/** Photos that show a bib, in order of time. Case, leading zeros and surrounding blanks of `bib` do not matter. */
export async function searchByBib(
  { db }: { db: Db },
  { eventId, bib }: { eventId: number; bib: string },
  slice: Slice,
): Promise<Page<PhotoRow>> {
  const ref = { eventId, bibKey: bibKey(bib) }
  const [rows, total] = await Promise.all([
    findPhotosByBib(db, ref, slice),
    countPhotosByBib(db, ref),
  ])
  return { rows, total }
}
