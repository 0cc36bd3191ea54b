import { Readable } from 'node:stream'
import type { Db, Tx } from '../db/connect.ts'
import { eventFolder } from '../events/index.ts'
import { AppError } from '../lib/errors.ts'
import { instantOf, newId } from '../lib/ids.ts'
import { sniffVideo } from '../media/sniff-video.ts'
import { cleanFileName, insertOrRemove, startIntake } from '../photos/index.ts'
import { findOutage } from '../storage/find-outage.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { badRecordedAt, fileTooLarge } from './errors.ts'
import { findVideoByHash, insertVideo } from './video-queries.ts'

export type VideoRef = { eventId: number; videoId: string }

export type StoreVideoDeps = {
  db: Db
  store: ObjectStore
  maxVideoBytes: number
  /** Puts the probe into the queue, inside the transaction that adds the video. */
  enqueueProbe: (tx: Tx, video: VideoRef) => Promise<void>
}

/** All objects of a video, its clips too, lie below this folder. */
export const videoFolder = ({ eventId, videoId }: VideoRef) =>
  `${eventFolder(eventId)}/videos/${videoId}`

export const videoKey = (video: VideoRef) => `${videoFolder(video)}/original`

/**
 * Takes one video in, as `storePhoto` does a photo: streamed once into the store, then row and job in one transaction. A file
 * that is no video, or too large, is listed as failed, and its error thrown.
 *
 * @param video.recordedAt ISO 8601 with an offset: when the first picture was taken
 * @throws validation_failed, video_unsupported, video_not_decodable, video_too_large
 */
export async function storeVideo(
  deps: StoreVideoDeps,
  video: { eventId: number; fileName: string; recordedAt?: string | undefined; body: Readable },
  signal?: AbortSignal,
): Promise<{ status: 'stored' | 'duplicate'; videoId: string; fileName: string }> {
  const { db, store, maxVideoBytes } = deps
  const { eventId, body } = video
  const recordedAt = video.recordedAt ? parseRecordedAt(video.recordedAt) : null
  const videoId = newId()
  const key = videoKey({ eventId, videoId })
  const intake = startIntake({
    check: sniffVideo,
    maxBytes: maxVideoBytes,
    tooLarge: fileTooLarge,
  })
  const fileName = cleanFileName(video.fileName, 'video')
  const row = () => ({
    eventId,
    id: videoId,
    fileName,
    sha256: intake.sha256(),
    bytes: intake.bytes(),
    contentType: intake.contentType(),
    addedAt: instantOf(videoId),
    recordedAt,
  })
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
    const { code: errorCode, message } = error
    await insertVideo(db, { ...row(), status: 'failed', errorCode, error: message })
    throw error
  }

  const inserted = await insertOrRemove(store, key, (onDone) =>
    db.transaction().execute(async (tx) => {
      const added = await insertVideo(tx, { ...row(), originalKey: key })
      if (added) await deps.enqueueProbe(tx, { eventId, videoId })
      onDone()
      return added
    }),
  )
  if (inserted) return { status: 'stored', videoId, fileName }

  await store.remove(key)
  const twin = await findVideoByHash(db, eventId, intake.sha256())
  return { status: 'duplicate', videoId: twin?.id ?? videoId, fileName }
}

const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/

/** The instant of a text with an offset, such as 2026-01-19T06:00:00+05:30. @throws validation_failed */
export function parseRecordedAt(text: string): Date {
  const time = new Date(text)
  if (!WITH_OFFSET.test(text) || Number.isNaN(time.valueOf())) throw badRecordedAt(text)
  return time
}
