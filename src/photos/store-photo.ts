import { Readable } from 'node:stream'
import type { Db, Tx } from '../db/connect.ts'
import { eventFolder } from '../events/index.ts'
import { AppError } from '../lib/errors.ts'
import { instantOf, newId } from '../lib/ids.ts'
import { describeUnsupported, sniffPicture } from '../media/sniff.ts'
import { findOutage } from '../storage/find-outage.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { fileTooLarge } from './errors.ts'
import { findPhotoByHash, insertPhoto } from './queries.ts'
import { cleanFileName, type Intake, insertOrRemove, startIntake } from './take-file.ts'

export type PhotoRef = { eventId: number; photoId: string }

export type StorePhotoDeps = {
  db: Db
  store: ObjectStore
  maxPhotoBytes: number
  /** Puts the photo's preparation into the queue, inside the transaction that adds it. */
  enqueuePrepare: (tx: Tx, photo: PhotoRef) => Promise<void>
}

export type StoredPhoto =
  | { status: 'stored'; photoId: string }
  | { status: 'duplicate'; photoId: string }
  | { status: 'rejected'; error: AppError }

/** Where an original lies. */
export const originalKey = ({ eventId, photoId }: PhotoRef) =>
  `${eventFolder(eventId)}/originals/${photoId}`

/**
 * Takes one photo in: streams it once into the store (hash, size limit and type on the way), then adds its row and its job in
 * one transaction. The object is durable before the row exists, so whatever was answered "stored" is never lost; a crash in
 * between leaves an object without a row, which nobody sees. A file with the bytes of another photo of the event is a
 * duplicate and not kept. A file that is no photo, or too large, is listed as failed with the reason.
 */
export async function storePhoto(
  deps: StorePhotoDeps,
  { eventId, fileName, body }: { eventId: number; fileName: string; body: Readable },
  signal?: AbortSignal,
): Promise<StoredPhoto> {
  const { db, store } = deps
  const photoId = newId()
  const key = originalKey({ eventId, photoId })
  const intake = startIntake({
    check: checkPicture,
    maxBytes: deps.maxPhotoBytes,
    tooLarge: fileTooLarge,
  })
  const name = cleanFileName(fileName, 'photo')
  try {
    await store.put(key, Readable.from(intake.take(body)), signal)
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) {
      // Who sends on into a closed connection never reads why.
      if (findOutage(error)) await intake.drain(body)
      throw error
    }
    // The rest still has to leave the connection, and tells the hash.
    await intake.drain(body)
    await insertPhoto(db, {
      ...rowOf({ eventId, photoId, name, intake }),
      status: 'failed',
      errorCode: error.code,
      error: error.message,
    })
    return { status: 'rejected', error }
  }

  const inserted = await insertOrRemove(store, key, (onDone) =>
    db.transaction().execute(async (tx) => {
      const added = await insertPhoto(tx, {
        ...rowOf({ eventId, photoId, name, intake }),
        contentType: intake.contentType(),
        originalKey: key,
      })
      if (added) await deps.enqueuePrepare(tx, { eventId, photoId })
      onDone()
      return added
    }),
  )
  if (inserted) return { status: 'stored', photoId }

  await store.remove(key)
  const twin = await findPhotoByHash(db, eventId, intake.sha256())
  return { status: 'duplicate', photoId: twin?.id ?? photoId }
}

async function checkPicture(head: Buffer): Promise<string> {
  const found = await sniffPicture(head)
  if (!found) throw await describeUnsupported(head)
  return found.contentType
}

const rowOf = ({
  eventId,
  photoId,
  name,
  intake,
}: {
  eventId: number
  photoId: string
  name: string
  intake: Intake
}) => ({
  eventId,
  id: photoId,
  fileName: name,
  sha256: intake.sha256(),
  bytes: intake.bytes(),
  addedAt: instantOf(photoId),
})
