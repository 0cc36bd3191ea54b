import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Context } from '../../context.ts'
import { findEvent } from '../../events/index.ts'
import { AppError } from '../../lib/errors.ts'
import { assertFfmpeg } from '../../media/find-ffmpeg.ts'
import type { ToolDeps } from '../../media/run-ffmpeg.ts'
import { findKnownVideoHashes, type StoreVideoDeps, storeVideo } from '../../motion/index.ts'
import { findKnownHashes, storePhoto } from '../../photos/index.ts'
import { followUps } from '../../pipeline.ts'
import type { Destination, Outcome } from './destination.ts'
import { type MediaFile, nameOf } from './find-files.ts'
import { whyUnreadable } from './unreadable.ts'

/**
 * Photos and videos go straight into the data folder and its database, also while a server runs on them.
 *
 * @throws event_not_found
 */
export async function openLocalDestination(
  context: Context,
  { eventId }: { eventId: number },
): Promise<Destination> {
  const { config, db, queue } = context
  if (!(await findEvent(db, eventId)))
    throw new AppError({
      code: 'event_not_found',
      message: `There is no event ${eventId}. "trackside events list" shows those there are; "trackside events create NAME" makes one.`,
    })
  const { maxPhotoBytes, maxVideoBytes } = config
  const deps = { ...context, ...followUps(queue.enqueue), maxPhotoBytes, maxVideoBytes }
  return {
    async findKnown(kind, hashes) {
      const find = kind === 'video' ? findKnownVideoHashes : findKnownHashes
      const known = await find(
        db,
        eventId,
        hashes.map((hex) => Buffer.from(hex, 'hex')),
      )
      return new Set(known.map((hash) => hash.toString('hex')))
    },
    async send(file) {
      const body = createReadStream(file.path)
      try {
        if (file.kind === 'video') return await storeVideoFile(deps, { eventId, file, body })
        const stored = await storePhoto(deps, { eventId, fileName: nameOf(file), body })
        return stored.status === 'rejected'
          ? { status: 'rejected', reason: stored.error.message }
          : { status: stored.status }
      } catch (error) {
        // The file's own failure is that file's; one of the database or the disk below it is everybody's.
        if (!body.errored) throw error
        return { status: 'rejected', reason: whyUnreadable(body.errored) ?? body.errored.message }
      } finally {
        body.destroy()
      }
    },
  }
}

/** Without ffmpeg videos are refused, while photos go on. */
async function storeVideoFile(
  deps: StoreVideoDeps & ToolDeps,
  { eventId, file, body }: { eventId: number; file: MediaFile; body: Readable },
): Promise<Outcome> {
  try {
    await assertFfmpeg(deps)
    return await storeVideo(deps, { eventId, fileName: nameOf(file), body })
  } catch (error) {
    if (!(error instanceof AppError) || (error.status >= 500 && error.code !== 'video_unavailable'))
      throw error
    return { status: 'rejected', reason: error.message }
  }
}
