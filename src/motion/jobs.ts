import { Type } from 'typebox'
import { ReindexShare } from '../faces/index.ts'
import { defineJob } from '../jobs/define-job.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { updateClip } from './clip-queries.ts'
import { type CutDeps, cutClip } from './cut-clip.ts'
import { eraseVideo } from './delete-video.ts'
import { type IndexDeps, indexSegment } from './index-segment.ts'
import { failVideo, type ProbeDeps, probeStoredVideo } from './probe-stored-video.ts'
import { type ReindexDeps, reindexLooks } from './reindex-looks.ts'

const VideoInput = { eventId: Type.Integer(), videoId: Type.String() }
type Reason = { code?: string; message?: string } | null

export const probeVideoJob = defineJob({
  name: 'motion.probe',
  input: Type.Object(VideoInput),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 4, delaySeconds: 2 },
  run: (deps: ProbeDeps, video, signal) => probeStoredVideo(deps, video, signal),
  giveUp: async (deps, video, reason) => {
    await failVideo(deps, video, reason as Reason)
  },
})

/** One segment at a time a worker: decoding runs beside recognition, and photos go on meanwhile. */
export const indexSegmentJob = defineJob({
  name: 'motion.index',
  input: Type.Object({ ...VideoInput, ordinal: Type.Integer() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 4, delaySeconds: 2 },
  run: (deps: IndexDeps, segment, signal) => indexSegment(deps, segment, signal),
  giveUp: async (deps, segment, reason) => {
    await failVideo(deps, segment, reason as Reason)
  },
})

/** One at a time in each worker, as `faces.reindex`: what arrives meanwhile takes turns with it. */
export const reindexLooksJob = defineJob({
  name: 'motion.reindex',
  input: ReindexShare,
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 10, delaySeconds: 5 },
  run: (deps: ReindexDeps, input, signal) => reindexLooks(deps, input, signal),
})

/** Somebody waits for it. */
export const cutClipJob = defineJob({
  name: 'motion.clip',
  input: Type.Object({ eventId: Type.Integer(), clipId: Type.String() }),
  batchSize: 1,
  concurrency: 2,
  retry: { limit: 3, delaySeconds: 1 },
  run: (deps: CutDeps, clip, signal) => cutClip(deps, clip, signal),
  giveUp: async ({ db }: CutDeps, clip, reason) => {
    const message = (reason as Reason)?.message ?? 'unknown'
    await updateClip(db, clip, { status: 'failed', error: `The clip cannot be cut: ${message}` })
  },
})

export const eraseVideoJob = defineJob({
  name: 'motion.erase',
  input: Type.Object({ ...VideoInput, clipIds: Type.Optional(Type.Array(Type.String())) }),
  batchSize: 20,
  concurrency: 1,
  retry: { limit: 20, delaySeconds: 5 },
  run: (deps: { store: ObjectStore }, video) => eraseVideo(deps, video),
})
