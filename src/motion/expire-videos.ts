import type { Db, Tx } from '../db/connect.ts'
import { firstIdOf } from '../lib/ids.ts'
import type { EnqueueVideoErase } from './delete-video.ts'
import {
  deleteClipsCounted,
  deleteMatchesOf,
  deleteOldVideoFaces,
  deleteVideoSearches,
  findIndexableVideos,
  findSomeThreads,
  findUnusedClips,
} from './forget-queries.ts'
import { forgetThreads } from './forget-threads.ts'
import type { VideoRef } from './store-video.ts'

type Deps = { db: Db; enqueueVideoErase: EnqueueVideoErase }

const THREADS_AT_ONCE = 500

/** Deletes some of all that is known of people in an event's videos, with their clips. False when there is no more. */
export async function forgetSomeThreads(
  deps: Pick<Deps, 'enqueueVideoErase'>,
  tx: Tx,
  eventId: number,
): Promise<boolean> {
  const threads = await findSomeThreads(tx, eventId, THREADS_AT_ONCE)
  if (threads.length > 0) await forgetThreads(deps, tx, { eventId, threads })
  return threads.length === THREADS_AT_ONCE
}

/** Has every video of an event looked through anew. */
export async function reindexVideos(
  { enqueueProbe }: { enqueueProbe: (tx: Tx, video: VideoRef) => Promise<void> },
  tx: Tx,
  eventId: number,
): Promise<void> {
  for (const video of await findIndexableVideos(tx, eventId)) await enqueueProbe(tx, video)
}

/** Deletes the faces in videos that arrived before an instant; what was read on people stays. */
export const deleteVideoFacesBefore = (db: Db, eventId: number, before: Date) =>
  deleteOldVideoFaces(db, { eventId, before: firstIdOf(before) })

/** Deletes clip searches made before an instant, whom face searches had matched, and clips that no search shows any more. */
export async function expireVideoSearches(
  { db, enqueueVideoErase }: Deps,
  { eventId, before, faceSearches }: { eventId: number; before: Date; faceSearches: string[] },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const searches = await deleteVideoSearches(tx, eventId, before)
    await deleteMatchesOf(tx, eventId, [...searches, ...faceSearches])
    const clips = await findUnusedClips(tx, eventId, before)
    for (const [videoId, gone] of Map.groupBy(clips, (clip) => clip.videoId))
      await enqueueVideoErase(tx, { eventId, videoId, clipIds: gone.map(({ id }) => id) })
    await deleteClipsCounted(
      tx,
      eventId,
      clips.map(({ id }) => id),
    )
  })
}
