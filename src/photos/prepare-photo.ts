import type { Db, Tx } from '../db/connect.ts'
import type { Decoder } from '../media/decoder/open-decoder.ts'
import type { Picture } from '../media/picture.ts'
import { readCaptureData } from '../media/read-exif.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { originalMissing } from './errors.ts'
import { findPhoto, publishPhoto, updatePhoto } from './queries.ts'
import type { PhotoRef } from './store-photo.ts'

/** One thing done with every photo's pixels; replaces what it wrote before. The picture is lent until the step is done. */
export type PictureStep = (
  input: { photo: PhotoRef; picture: Picture; keywords: readonly string[] },
  signal: AbortSignal,
) => Promise<void>

export type PrepareDeps = {
  db: Db
  store: ObjectStore
  decode: Decoder['decode']
  giveBack: Decoder['giveBack']
  steps: readonly PictureStep[]
  /** The event's mark changed while the photo was on its way. */
  restamp: (tx: Tx, eventId: number) => Promise<void>
}

/**
 * Reads a photo's metadata, decodes it once, hands the pixels to every step, then makes the photo public. Safe to run again.
 *
 * @throws photo_not_decodable, photo_too_large, photo_unsupported
 */
export async function preparePhoto(
  { db, store, decode, giveBack, steps, restamp }: PrepareDeps,
  photo: PhotoRef,
  signal: AbortSignal,
): Promise<void> {
  const row = await findPhoto(db, photo)
  if (!row?.originalKey) return // deleted since
  const bytes = await store.read(row.originalKey)
  if (!bytes) throw originalMissing(photo.photoId)
  const capture = await readCaptureData(bytes)
  const picture = await decode(bytes, { signal })
  const { wallTime, offsetMinutes, camera, keywords, note } = capture
  await Promise.all(steps.map((step) => step({ photo, picture, keywords }, signal)))
  // Not after a failure: when one step fails, others may still look at the picture.
  giveBack(picture)
  const { width, height } = picture
  const facts = { width, height, camera, wallTime, offsetMinutes, keywords, note }
  await db.transaction().execute(async (tx) => {
    if ((await publishPhoto(tx, photo, facts)) === 'stale mark') await restamp(tx, photo.eventId)
  })
}

/** Records why a photo cannot be prepared, where the organiser sees it. */
export const failPhoto = (
  { db }: { db: Db },
  photo: PhotoRef,
  reason: { code?: string; message?: string } | null,
) =>
  updatePhoto(db, photo, {
    status: 'failed',
    errorCode: reason?.code ?? 'internal_error',
    error: reason?.code
      ? (reason.message ?? null)
      : `Processing failed each time it was tried${reason?.message ? `: ${reason.message}` : ''}.`,
  })
