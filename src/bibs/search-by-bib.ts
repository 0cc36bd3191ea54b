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
  const found = await findPhotosByBib(db, ref, slice)
  // A page behind the last tells no total.
  const total = found[0]?.total ?? (slice.offset > 0 ? await countPhotosByBib(db, ref) : 0)
  return { rows: found, total: Number(total) }
}
