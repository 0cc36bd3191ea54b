import { findEvent } from '../events/index.ts'
import type { Decoder } from '../media/decoder/open-decoder.ts'
import { originalMissing } from '../photos/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type IndexDeps, indexFaces } from './index-faces.ts'
import { deletePin, findUnseenPhotos } from './model-queries.ts'
import { type ReindexShare, reindexShare } from './reindex-share.ts'

export type ReindexDeps = IndexDeps & Pick<Decoder, 'decode' | 'giveBack'> & { store: ObjectStore }

const BATCH = 20
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/**
 * Looks at the photos of an event with the wanted model, from their originals; the last share to end, of photos or of videos, lets
 * searches go over to it and removes what the model before saw. Goes on where it was cut off.
 *
 * @throws Error when a photo cannot be looked at, after all others were: the event then stays with the model before
 */
export async function reindexEvent(
  deps: ReindexDeps,
  share: ReindexShare,
  signal: AbortSignal,
): Promise<void> {
  const { eventId, model } = share
  const event = await findEvent(deps.db, eventId)
  if (!event) return
  if (event.biometrics === 'none') return deletePin(deps.db, eventId)
  const work = {
    things: 'photos',
    findAfter: (last?: Unseen) =>
      findUnseenPhotos(deps.db, share, { after: last?.id ?? BEFORE_ALL, limit: BATCH }),
    lookAt: (photo: Unseen) => reindexPhoto(deps, { eventId, model, photo }, signal),
  }
  await reindexShare(deps, share, work, signal)
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
