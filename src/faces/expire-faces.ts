import type { Db, Tx } from '../db/connect.ts'
import { firstIdOf } from '../lib/ids.ts'
import { deleteFaceSearches, deleteSomeFaces, forgetModelsOfPhotos } from './forget-queries.ts'

/** 0.5 s of deleting. */
const AT_ONCE = 5000

/** Deletes the faces of an event, of photos that arrived before an instant if one is given; indexes in memory follow. */
export async function deleteFacesOfEvent(
  db: Db,
  { eventId, before }: { eventId: number; before?: Date },
): Promise<number> {
  let deleted = 0
  for (;;) {
    const some = await deleteSomeFaces(db, {
      eventId,
      limit: AT_ONCE,
      ...(before && { before: firstIdOf(before) }),
    })
    deleted += some
    if (some < AT_ONCE) return deleted
  }
}

/** What deletes all that is known of faces in an event's photos, and every selfie search; each is called while it gives true. */
export const FORGET_FACES = [
  async (tx: Tx, eventId: number) => {
    await deleteFaceSearches(tx, eventId)
    await forgetModelsOfPhotos(tx, eventId)
    return false
  },
  async (tx: Tx, eventId: number) =>
    (await deleteSomeFaces(tx, { eventId, limit: AT_ONCE })) === AT_ONCE,
] as const
