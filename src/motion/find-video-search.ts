import type { Db } from '../db/connect.ts'
import { invalidRequestId } from '../faces/index.ts'
import { isUuid } from '../lib/ids.ts'
import {
  findMoments,
  findVideoSearch,
  type MomentWithClip,
  type SearchRef,
} from './clip-queries.ts'
import { searchNotFound } from './errors.ts'
import { countVideos } from './video-queries.ts'

export type VideoSearchState = {
  requestId: string
  eventId: number
  status: 'pending' | 'processing' | 'completed' | 'failed'
  /** One a video, ready to be played. */
  clips: MomentWithClip[]
  /** Every moment found, best of each video first. */
  moments: MomentWithClip[]
  error: string | null
  /** Videos of the event that are not looked through yet: who is in them is not found so far. */
  videosIndexing: number
}

/** A stored video search, as far as its clips are. @throws invalid_request_id, request_not_found */
export async function findVideoSearchState(
  { db }: { db: Db },
  { eventId, requestId }: SearchRef,
): Promise<VideoSearchState> {
  if (!isUuid(requestId)) throw invalidRequestId(requestId)
  const ref = { eventId, requestId: requestId.toLowerCase() }
  if (!(await findVideoSearch(db, ref))) throw searchNotFound(requestId)
  const moments = await findMoments(db, ref)
  const { total, done, failed: failures } = await countVideos(db, eventId)
  const best = moments.filter(({ rank, clip }) => rank === 1 && clip !== undefined)
  const failed = best.find(({ clip }) => clip?.status === 'failed')
  return {
    requestId: ref.requestId,
    eventId,
    status: statusOf(best),
    clips: best.filter(({ clip }) => clip?.status === 'ready'),
    moments,
    error: failed?.clip?.error ?? null,
    videosIndexing: total - done - failures,
  }
}

/** Failed only when no clip came out: what is ready is not held back by one that cannot be cut. */
function statusOf(best: readonly MomentWithClip[]): VideoSearchState['status'] {
  const has = (status: string) => best.some(({ clip }) => clip?.status === status)
  if (has('pending') || has('processing'))
    return has('processing') || has('ready') ? 'processing' : 'pending'
  return has('failed') && !has('ready') ? 'failed' : 'completed'
}
