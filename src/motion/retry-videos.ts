import type { Db, Tx } from '../db/connect.ts'
import { isUuid } from '../lib/ids.ts'
import { retryNotPossible } from '../photos/index.ts'
import { videoNotFound } from './errors.ts'
import type { VideoRef } from './store-video.ts'
import { findVideo, resetFailedVideos } from './video-queries.ts'

export type RetryVideoDeps = {
  db: Db
  enqueueProbe: (tx: Tx, video: VideoRef) => Promise<void>
}

/**
 * A video that failed is probed and indexed again as a whole, whatever of it was indexed before.
 *
 * @throws video_not_found, retry_not_possible
 */
export async function retryVideo(deps: RetryVideoDeps, video: VideoRef): Promise<void> {
  const row = isUuid(video.videoId) ? await findVideo(deps.db, video) : undefined
  if (!row) throw videoNotFound(video.videoId)
  if (row.status !== 'failed') throw retryNotPossible('This video has not failed.')
  if (!row.originalKey) throw retryNotPossible('This file was refused and not kept: send it again.')
  if ((await retry(deps, video)) === 0)
    throw retryNotPossible('This video is tried again already, or was deleted.')
}

/** Every failed video of an event whose file was kept is probed and indexed again; returns how many. */
export const retryFailedVideos = (deps: RetryVideoDeps, eventId: number): Promise<number> =>
  retry(deps, { eventId })

const retry = (
  { db, enqueueProbe }: RetryVideoDeps,
  videos: { eventId: number; videoId?: string },
): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const ids = await resetFailedVideos(tx, videos)
    for (const videoId of ids) await enqueueProbe(tx, { eventId: videos.eventId, videoId })
    return ids.length
  })
