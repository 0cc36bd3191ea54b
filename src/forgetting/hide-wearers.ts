import { findWorn, type Reading } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { shareEvent } from '../events/index.ts'
import { hideWearers } from '../faces/index.ts'
import { findHiddenBibs } from '../hiding/index.ts'
import type { PhotoRef } from '../photos/index.ts'

/** After the bibs and faces of a photo are stored: removes the faces of those who wear hidden bibs. */
export async function hideWearersOf(
  { db }: { db: Db },
  photo: PhotoRef,
  readings: readonly Reading[],
): Promise<void> {
  if (readings.length === 0) return
  await db.transaction().execute(async (tx) => {
    // Whoever hides a person holds this row: either it finds these faces, or they are removed here.
    await shareEvent(tx, photo.eventId)
    const worn = findWorn(readings, await findHiddenBibs(tx, photo.eventId))
    if (worn.length > 0) await hideWearers(tx, photo, worn)
  })
}
