import type { Db, Tx } from '../../db/connect.ts'
import type { FaceModel } from '../engine/face-model.ts'
import {
  findSwitchingEvents,
  findWantedModel,
  pinEvents,
  updateWantedModel,
} from '../model-queries.ts'

export type UseDeps = {
  db: Db
  /** Enqueues that an event be looked at by the wanted model, inside the transaction that wants it. */
  reindex: (tx: Tx, eventId: number, model: string) => Promise<void>
}

/**
 * Makes the installation use a face model. Events stay with the one before until the new one has seen all their photos and videos; this
 * starts that, or goes on with it. Gives the events that must be looked at.
 */
export async function useModel(
  { db, reindex }: UseDeps,
  { id }: Pick<FaceModel, 'id'>,
): Promise<
  { eventId: number; photos: number; seen: number; videos: number; videosSeen: number }[]
> {
  return db.transaction().execute(async (tx) => {
    const before = await findWantedModel(tx)
    if (before !== id) {
      await updateWantedModel(tx, id)
      await pinEvents(tx, before)
    }
    const events = await findSwitchingEvents(tx)
    for (const { eventId } of events) await reindex(tx, eventId, id)
    return events.map(({ eventId, photos, seen, videos, videosSeen }) => ({
      eventId,
      photos: Number(photos),
      seen: Number(seen),
      videos: Number(videos),
      videosSeen: Number(videosSeen),
    }))
  })
}
