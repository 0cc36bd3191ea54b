import type { Db } from '../db/connect.ts'
import { findEvent } from '../events/index.ts'
import { isPermanent } from '../lib/errors.ts'
import type { Decoder } from '../media/decoder/open-decoder.ts'
import { originalMissing } from '../photos/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type IndexDeps, indexFaces } from './index-faces.ts'
import {
  deletePin,
  deleteUnsearchedFaces,
  deleteUnsearchedVideoFaces,
  findFaceModels,
  findUnseenPhotos,
  unpinEvent,
} from './model-queries.ts'

export type ReindexDeps = IndexDeps & Pick<Decoder, 'decode' | 'giveBack'> & { store: ObjectStore }
type Share = { eventId: number; model: string; share: number; shares: number }

const BATCH = 20
/** 0.2 s of deleting. */
const DELETED_AT_ONCE = 2000
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/**
 * Looks at the photos of an event with the wanted model, from their originals; the last share to end, of photos or of videos, lets
 * searches go over to it and removes what the model before saw. Works on one share of the photos, so that several workers divide an event without
 * locks, and goes on where it was cut off.
 *
 * @throws Error when a photo cannot be looked at, after all others were: the event then stays with the model before
 */
export async function reindexEvent(
  deps: ReindexDeps,
  { eventId, model, share, shares }: Share,
  signal: AbortSignal,
): Promise<void> {
  const event = await findEvent(deps.db, eventId)
  if (!event) return
  if (event.biometrics === 'none') return deletePin(deps.db, eventId)
  const failures: unknown[] = []
  for (let after = BEFORE_ALL; ; ) {
    if ((await findFaceModels(deps.db, eventId)).wanted !== model) return // another was chosen since
    const where = { eventId, model, share, shares, after, limit: BATCH }
    const photos = await findUnseenPhotos(deps.db, where)
    const last = photos.at(-1)
    if (!last) break
    after = last.id
    for (const photo of photos) {
      signal.throwIfAborted()
      await reindexPhoto(deps, { eventId, model, photo }, signal).catch((error: unknown) => {
        if (!isPermanent(error)) throw error
        failures.push(error)
      })
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} photos of event ${eventId} failed`)
  await finishReindex(deps.db, eventId)
}

type Unseen = { id: string; originalKey: string | null }

async function reindexPhoto(
  deps: ReindexDeps,
  { eventId, model, photo }: { eventId: number; model: string; photo: Unseen },
  signal: AbortSignal,
): Promise<void> {
  const bytes = photo.originalKey ? await deps.store.read(photo.originalKey) : undefined
  if (!bytes) throw originalMissing(photo.id)
  const picture = await deps.decode(bytes, { signal })
  const look = { photo: { eventId, photoId: photo.id }, picture, only: model }
  await indexFaces(deps, look, signal)
  deps.giveBack(picture)
}

/** Lets an event's searches go over once the wanted model has seen all its photos and videos, and removes what others saw. */
export async function finishReindex(db: Db, eventId: number): Promise<void> {
  const isWhole = await db.transaction().execute((tx) => unpinEvent(tx, eventId))
  if (!isWhole) return // other shares are at work
  await deleteUnsearchedVideoFaces(db, eventId)
  for (;;) if ((await deleteUnsearchedFaces(db, eventId, DELETED_AT_ONCE)) === 0) return
}
