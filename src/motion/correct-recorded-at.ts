import type { Db } from '../db/connect.ts'
import { isUuid } from '../lib/ids.ts'
import { videoNotFound } from './errors.ts'
import { parseRecordedAt, type VideoRef } from './store-video.ts'
import { findListedVideo, findVideo, type ListedVideo, updateVideo } from './video-queries.ts'

/**
 * Puts right when a video begins, as of a camera whose clock was wrong: searches by time follow at once, those made before keep
 * what they found. What is recognised in it, and its clips, do not depend on it.
 *
 * @param recordedAt ISO 8601 with an offset: when the first picture was taken
 * @throws video_not_found, validation_failed
 */
export async function correctRecordedAt(
  { db }: { db: Db },
  video: VideoRef,
  recordedAt: string,
): Promise<ListedVideo> {
  const isThere = isUuid(video.videoId) && (await findVideo(db, video)) !== undefined
  if (!isThere) throw videoNotFound(video.videoId)
  await updateVideo(db, video, { recordedAt: parseRecordedAt(recordedAt) })
  const corrected = await findListedVideo(db, video)
  if (!corrected) throw videoNotFound(video.videoId) // deleted meanwhile
  return corrected
}
