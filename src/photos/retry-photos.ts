import type { Db, Tx } from '../db/connect.ts'
import { isUuid } from '../lib/ids.ts'
import { photoNotFound, retryNotPossible } from './errors.ts'
import { findPhoto, resetFailed } from './queries.ts'
import type { PhotoRef } from './store-photo.ts'

type RetryDeps = { db: Db; enqueuePrepare: (tx: Tx, ...photos: PhotoRef[]) => Promise<void> }

/** A photo that failed is prepared again. @throws photo_not_found, retry_not_possible */
export async function retryPhoto(deps: RetryDeps, photo: PhotoRef): Promise<void> {
  const row = isUuid(photo.photoId) ? await findPhoto(deps.db, photo) : undefined
  if (!row) throw photoNotFound(photo.photoId)
  if (row.status !== 'failed') throw retryNotPossible('This photo has not failed.')
  if ((await retry(deps, photo)) === 0)
    throw retryNotPossible('This file was refused and not kept: send it again.')
}

/** Every failed photo of an event whose file was kept is prepared again; returns how many. */
export const retryFailedPhotos = (deps: RetryDeps, eventId: number): Promise<number> =>
  retry(deps, { eventId })

const retry = (
  { db, enqueuePrepare }: RetryDeps,
  photos: { eventId: number; photoId?: string },
): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const ids = await resetFailed(tx, photos)
    await enqueuePrepare(tx, ...ids.map((photoId) => ({ eventId: photos.eventId, photoId })))
    return ids.length
  })
