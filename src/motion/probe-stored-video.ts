import type { Db, Tx } from '../db/connect.ts'
import { findEvent } from '../events/index.ts'
import { probeVideo } from '../media/probe-video.ts'
import type { ToolDeps } from '../media/run-ffmpeg.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { originalMissing } from './errors.ts'
import { motionSettingsOf } from './settings.ts'
import type { VideoRef } from './store-video.ts'
import { findVideo, lockVideo, replaceSegments, updateVideo } from './video-queries.ts'

export type SegmentRef = VideoRef & { ordinal: number }

export type ProbeDeps = ToolDeps & {
  db: Db
  store: ObjectStore
  enqueueSegments: (tx: Tx, segments: SegmentRef[]) => Promise<void>
}

/** What a killed worker loses at most, and what several workers divide a video into. */
const SEGMENT_SECONDS = 30

/**
 * Finds out what a video is and plans its indexing. Safe to run again.
 *
 * @throws video_unsupported, video_not_decodable, video_too_large
 */
export async function probeStoredVideo(
  { db, store, runTool, enqueueSegments }: ProbeDeps,
  video: VideoRef,
  signal: AbortSignal,
): Promise<void> {
  const row = await findVideo(db, video)
  const event = await findEvent(db, video.eventId)
  if (!row?.originalKey || !event) return // deleted since
  if (!(await store.stat(row.originalKey))) throw originalMissing(video.videoId)
  const facts = await probeVideo({ runTool }, store.locate(row.originalKey), signal)
  const segments = planSegments(facts)
  await db.transaction().execute(async (tx) => {
    const current = await lockVideo(tx, video) // its time may have been put right meanwhile
    if (!current) return
    await updateVideo(tx, video, {
      status: 'indexing',
      codec: facts.codec,
      width: facts.width,
      height: facts.height,
      framesPerSecond: facts.framesPerSecond,
      duration: facts.durationSeconds,
      hasSound: facts.hasSound,
      isInterlaced: facts.isInterlaced,
      keyframes: [...facts.keyframes],
      recordedAt: current.recordedAt ?? facts.recordedAt ?? null,
      sampleFps: motionSettingsOf(event).sampleFps,
    })
    await replaceSegments(tx, video, segments)
    await enqueueSegments(
      tx,
      segments.map((_, ordinal) => ({ ...video, ordinal })),
    )
  })
}

/** Segments of 30 s and more that begin at keyframes, so that no picture is decoded twice. */
export function planSegments({
  durationSeconds,
  keyframes,
}: {
  durationSeconds: number
  keyframes: readonly number[]
}): { startSeconds: number; endSeconds: number }[] {
  const starts = [0]
  for (const keyframe of keyframes) {
    const isFarEnough = keyframe - starts.at(-1)! >= SEGMENT_SECONDS
    if (isFarEnough && durationSeconds - keyframe >= SEGMENT_SECONDS / 2) starts.push(keyframe)
  }
  return starts.map((startSeconds, i) => ({
    startSeconds,
    endSeconds: starts[i + 1] ?? durationSeconds,
  }))
}

/** Records why a video cannot be indexed, where the organiser sees it. */
export const failVideo = (
  { db }: { db: Db },
  { eventId, videoId }: VideoRef,
  reason: { code?: string; message?: string } | null,
) =>
  updateVideo(
    db,
    { eventId, videoId },
    {
      status: 'failed',
      errorCode: reason?.code ?? 'internal_error',
      error: reason?.code
        ? (reason.message ?? null)
        : `Processing failed each time it was tried${reason?.message ? `: ${reason.message}` : ''}.`,
    },
  )
