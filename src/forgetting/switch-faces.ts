import type { Db, Tx } from '../db/connect.ts'
import { shareEvent } from '../events/index.ts'
import { eraseFaceFiles, FORGET_FACES, findWantedModel } from '../faces/index.ts'
import { eraseResultsOf } from '../gallery/index.ts'
import {
  countLostTemplates,
  destroyTemplateKey,
  findLostTemplates,
  forgetTemplates,
} from '../hiding/index.ts'
import { type EnqueueVideoErase, forgetSomeThreads, reindexVideos } from '../motion/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { hidingsWouldEnd } from './errors.ts'

type PurgeDeps = { db: Db; store: ObjectStore; enqueueVideoErase: EnqueueVideoErase }

/** What switching faces off does at once; the rest is `purgeFaces`. The event's row must be locked. */
export async function forgetAllFaces(
  { enqueuePurge }: { enqueuePurge: (tx: Tx, eventId: number) => Promise<void> },
  tx: Tx,
  eventId: number,
): Promise<void> {
  await forgetTemplates(tx, eventId)
  await enqueuePurge(tx, eventId)
}

/**
 * Deletes all there is of faces in an event that computes none: of photos, videos, searches and hidings. Nothing new comes in since
 * the event says so. Safe to run again; stops when the event computes faces again.
 */
export async function purgeFaces(
  deps: PurgeDeps,
  eventId: number,
  signal: AbortSignal,
): Promise<void> {
  for (const hidingId of await findLostTemplates(deps.db, eventId))
    await destroyTemplateKey(deps, { eventId, hidingId })
  const eraseResults = async (tx: Tx) => {
    await eraseResultsOf(tx, eventId)
    return false
  }
  const steps = [...FORGET_FACES, eraseResults, (tx: Tx) => forgetSomeThreads(deps, tx, eventId)]
  for (const step of steps) {
    for (let isMore = true; isMore; ) {
      signal.throwIfAborted()
      isMore = await deps.db.transaction().execute(async (tx) => {
        // Switching back waits for what is under way.
        const event = await shareEvent(tx, eventId)
        return event?.biometrics === 'none' && step(tx, eventId)
      })
    }
  }
  await eraseFaceFiles(deps, eventId)
}

/**
 * Has all photos and videos of an event looked at anew. Refused while people are hidden whose faces went with the others: they would
 * be found in later photos.
 *
 * @throws hidings_would_end
 */
export async function indexAllFaces(
  deps: {
    reindex: (tx: Tx, eventId: number, model: string) => Promise<void>
    enqueueProbe: Parameters<typeof reindexVideos>[0]['enqueueProbe']
  },
  tx: Tx,
  eventId: number,
): Promise<void> {
  const lost = await countLostTemplates(tx, eventId)
  if (lost > 0) throw hidingsWouldEnd(lost)
  await deps.reindex(tx, eventId, await findWantedModel(tx))
  await reindexVideos(deps, tx, eventId)
}
