import type { Db } from '../db/connect.ts'
import { findEventsWithRetention } from '../events/index.ts'
import { deleteFaceSearches, deleteFacesOfEvent, eraseFaceFiles } from '../faces/index.ts'
import { eraseResultsOf } from '../gallery/index.ts'
import { deleteHiding, destroyTemplateKey, findOldAsks } from '../hiding/index.ts'
import {
  deleteVideoFacesBefore,
  type EnqueueVideoErase,
  expireVideoSearches,
} from '../motion/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'

const DAY_MS = 24 * 3600 * 1000
/** A participant's wish that nobody confirmed: the face in it is not kept for longer. */
const ASKED_DAYS = 30

export type RetentionDeps = {
  db: Db
  store: ObjectStore
  enqueueVideoErase: EnqueueVideoErase
}

/** Deletes what events keep no longer: searches, faces, and wishes to be hidden that nobody confirmed. Several may run at once. */
export async function enforceRetention(
  deps: RetentionDeps,
  now: Date,
  signal?: AbortSignal,
): Promise<void> {
  const { db, store } = deps
  const before = (days: number) => new Date(now.valueOf() - days * DAY_MS)
  for (const event of await findEventsWithRetention(db)) {
    signal?.throwIfAborted()
    const { id: eventId, retentionDaysFaces, retentionDaysSearches } = event
    if (retentionDaysFaces !== null) {
      const deleted = await deleteFacesOfEvent(db, { eventId, before: before(retentionDaysFaces) })
      if (deleted > 0) await eraseFaceFiles(deps, eventId)
      await deleteVideoFacesBefore(db, eventId, before(retentionDaysFaces))
    }
    if (retentionDaysSearches !== null) {
      const limit = before(retentionDaysSearches)
      const faceSearches = await deleteFaceSearches(db, eventId, limit)
      await db.transaction().execute((tx) => eraseResultsOf(tx, eventId, limit))
      await expireVideoSearches(deps, { eventId, before: limit, faceSearches })
    }
  }
  for (const ref of await findOldAsks(db, before(ASKED_DAYS))) {
    await deleteHiding(db, ref)
    await destroyTemplateKey({ store }, ref)
  }
}
