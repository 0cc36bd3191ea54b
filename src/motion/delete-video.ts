import type { Db, Tx } from '../db/connect.ts'
import { isUuid } from '../lib/ids.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { deleteClips, deleteVideoSearch, type SearchRef } from './clip-queries.ts'
import { eraseClip } from './cut-clip.ts'
import { videoNotFound } from './errors.ts'
import { findVideoSearchState } from './find-video-search.ts'
import { forgetThreads } from './forget-threads.ts'
import { type VideoRef, videoFolder } from './store-video.ts'
import { deleteVideoRow } from './video-queries.ts'

export type ErasedVideo = VideoRef & { clipIds?: string[] }
export type EnqueueVideoErase = (tx: Tx, video: ErasedVideo) => Promise<void>

/**
 * Deletes a video: its rows, persons, faces and places in searches at once, and its clips' URLs with them; its objects by a job.
 *
 * @throws video_not_found
 */
export async function deleteVideo(
  { db, enqueueVideoErase }: { db: Db; enqueueVideoErase: EnqueueVideoErase },
  video: VideoRef,
): Promise<void> {
  if (!isUuid(video.videoId)) throw videoNotFound(video.videoId)
  await db.transaction().execute(async (tx) => {
    if (!(await deleteVideoRow(tx, video))) throw videoNotFound(video.videoId)
    await enqueueVideoErase(tx, video)
  })
}

/**
 * Hides the person of a search: deletes what was kept of its faces in every video of the event, the search, and every clip of
 * it, whoever asked for it. @returns how many persons of videos went
 *
 * @throws invalid_request_id, request_not_found
 */
export async function forgetPerson(
  { db, enqueueVideoErase }: { db: Db; enqueueVideoErase: EnqueueVideoErase },
  ref: SearchRef,
): Promise<number> {
  const { moments } = await findVideoSearchState({ db }, ref)
  const threads = [...new Set(moments.flatMap(({ thread }) => thread ?? []))]
  await db.transaction().execute(async (tx) => {
    const own = moments.flatMap(({ clip }) => clip ?? [])
    for (const [videoId, gone] of Map.groupBy(own, (clip) => clip.videoId)) {
      const clipIds = [...new Set(gone.map(({ id }) => id))]
      await deleteClips(tx, ref.eventId, clipIds)
      await enqueueVideoErase(tx, { eventId: ref.eventId, videoId, clipIds })
    }
    await forgetThreads({ enqueueVideoErase }, tx, { eventId: ref.eventId, threads })
    await deleteVideoSearch(tx, { ...ref, requestId: ref.requestId.toLowerCase() })
  })
  return threads.length
}

/** Erases the objects of a deleted video, or of single clips of one. */
export async function eraseVideo(
  { store }: { store: ObjectStore },
  { clipIds, ...video }: ErasedVideo,
): Promise<void> {
  if (!clipIds) return store.removeFolder(videoFolder(video))
  for (const id of clipIds) await eraseClip({ store }, { ...video, id })
}
