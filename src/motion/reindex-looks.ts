import type { Db } from '../db/connect.ts'
import { findEvent, shareEvent } from '../events/index.ts'
import {
  type FaceDescriber,
  type KnownFaceDescriber,
  lockFaceModels,
  type ReindexShare,
  reindexShare,
} from '../faces/index.ts'
import type { Hidings } from '../hiding/index.ts'
import type { RunTool } from '../media/run-ffmpeg.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { EnqueueVideoErase } from './delete-video.ts'
import { forgetThreads } from './forget-threads.ts'
import { isHiddenFace } from './hide-tracks.ts'
import { lookAgain } from './look-again.ts'
import {
  findLooks,
  findUnseenSegments,
  insertSeenLooks,
  markSegmentSeen,
  type SeenLook,
} from './model-queries.ts'
import { findVideo, lockVideo, type Segment } from './video-queries.ts'

export type ReindexDeps = {
  db: Db
  store: ObjectStore
  hidings: Hidings
  faceDescriber: FaceDescriber
  knownFaceDescriber: KnownFaceDescriber
  runTool: RunTool
  enqueueVideoErase: EnqueueVideoErase
}
const BATCH = 20
const BEFORE_ALL = { videoId: '00000000-0000-0000-0000-000000000000', ordinal: -1 }

/**
 * Looks with the wanted model at the faces that are kept of an event's videos: only their moments are decoded again, who was seen and
 * when stays. Works on one share of the segments; a killed worker loses one. The last share to end, of photos or of videos, lets the
 * event's searches go over.
 *
 * @throws Error when a segment cannot be looked at, after all others were: the event then stays with the model before
 */
export async function reindexLooks(
  deps: ReindexDeps,
  share: ReindexShare,
  signal: AbortSignal,
): Promise<void> {
  const { eventId, model } = share
  const event = await findEvent(deps.db, eventId)
  if (!event || event.biometrics === 'none') return
  const work = {
    things: 'parts of videos',
    findAfter: (last?: Segment) =>
      findUnseenSegments(deps.db, share, { after: last ?? BEFORE_ALL, limit: BATCH }),
    lookAt: (segment: Segment) => reindexSegment(deps, { segment, model }, signal),
  }
  await reindexShare(deps, share, work, signal)
}

async function reindexSegment(
  deps: ReindexDeps,
  { segment, model }: { segment: Segment; model: string },
  signal: AbortSignal,
): Promise<void> {
  const { db } = deps
  const video = await findVideo(db, segment)
  if (!video) return // deleted since
  const looks = await findLooks(db, segment)
  const seen: SeenLook[] = []
  await lookAgain(
    deps,
    { video, segment, looks, model },
    signal,
    ({ quality, embedding }, look) => {
      seen.push({ ...look, quality, embedding })
    },
  )
  await db.transaction().execute(async (tx) => {
    // Whoever hides a person or switches faces off holds this row.
    const event = await shareEvent(tx, segment.eventId)
    if (!event || event.biometrics === 'none' || !(await lockVideo(tx, segment))) return
    if ((await lockFaceModels(tx, event.id)).wanted !== model) return
    if (!(await markSegmentSeen(tx, segment, model))) return
    const hidden = await deps.hidings.find(tx, event.id)
    const byTrack = Map.groupBy(seen, ({ trackId }) => trackId)
    const hiddenTracks = [...byTrack.values()].filter((own) =>
      isHiddenFace(
        own.map((look) => ({ ...look, model })),
        { event, hidden },
      ),
    )
    const threads = [...new Set(hiddenTracks.flatMap((own) => own.map(({ thread }) => thread)))]
    if (threads.length > 0) await forgetThreads(deps, tx, { eventId: event.id, threads })
    await insertSeenLooks(tx, { eventId: event.id, model }, seen)
  })
}
