import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/connect.ts'
import { isUuid } from '../lib/ids.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { photoNotFound } from './errors.ts'
import { deletePhotoRow } from './queries.ts'
import { originalKey, type PhotoRef } from './store-photo.ts'

/** What is left to know of a photo whose row is gone. */
export const ErasedPhoto = Type.Object({
  eventId: Type.Integer(),
  photoId: Type.String(),
  stampRecipe: Type.Union([Type.String(), Type.Null()]),
})
export type ErasedPhoto = Static<typeof ErasedPhoto>

export type EraseDeps = {
  store: ObjectStore
  /** What other parts of the program keep of it in the store. */
  eraseTraces: (photo: ErasedPhoto) => Promise<void>
}

/**
 * Deletes a photo: its rows, reads, faces and places in search results at once, its objects by a job in the same transaction.
 *
 * @throws photo_not_found
 */
export async function deletePhoto(
  { db, enqueueErase }: { db: Db; enqueueErase: (tx: Tx, photo: ErasedPhoto) => Promise<void> },
  photo: PhotoRef,
): Promise<void> {
  if (!isUuid(photo.photoId)) throw photoNotFound(photo.photoId)
  await db.transaction().execute(async (tx) => {
    const row = await deletePhotoRow(tx, photo)
    if (!row) throw photoNotFound(photo.photoId)
    await enqueueErase(tx, { ...photo, stampRecipe: row.stampRecipe })
  })
}

/** Erases the objects of a deleted photo. */
export async function erasePhoto(
  { store, eraseTraces }: EraseDeps,
  photo: ErasedPhoto,
): Promise<void> {
  await store.remove(originalKey(photo))
  await eraseTraces(photo)
}
