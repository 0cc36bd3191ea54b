import type { Db } from '../db/connect.ts'
import { assertFeature, type Event } from '../events/index.ts'
import {
  findVideoSearchState,
  findVideos,
  searchVideosByBib,
  searchVideosByKeptSelfies,
  searchVideosByTime,
  type VideoSearchDeps,
  type VideoSearchState,
} from '../motion/index.ts'
import { badInstant } from './errors.ts'
import { openResult } from './open-result.ts'
import { findSelfies } from './result-queries.ts'
import type { ClipWish } from './schema.ts'

export type FoundClips = VideoSearchState & {
  /** The videos that the clips are cut from, by id. */
  videos: ReadonlyMap<string, Awaited<ReturnType<typeof findVideos>>[number]>
}

/**
 * Has the best moment of each video cut that shows the person of a result, who wears a bib, or what was filmed at a time.
 *
 * @throws feature_disabled, result_not_found, validation_failed
 */
export async function askClips(
  deps: VideoSearchDeps,
  { event, wish }: { event: Event; wish: ClipWish },
): Promise<FoundClips> {
  return withVideos(deps, await search(deps, event, wish))
}

/** How far a search for clips is. @throws request_not_found, invalid_request_id */
export async function followClips(
  deps: { db: Db },
  ref: { eventId: number; requestId: string },
): Promise<FoundClips> {
  return withVideos(deps, await findVideoSearchState(deps, ref))
}

async function search(
  deps: VideoSearchDeps,
  event: Event,
  wish: ClipWish,
): Promise<VideoSearchState> {
  if (wish.result !== undefined) {
    assertFeature(event, 'video_selfie_search')
    const result = await openResult(deps, { event, token: wish.result, as: 'anybody' })
    const selfies = await findSelfies(deps.db, { eventId: event.id, resultId: result.id })
    if (selfies.length === 0) return nothing(event.id, result.id)
    return searchVideosByKeptSelfies(deps, { event, selfies })
  }
  if (wish.bib !== undefined) {
    assertFeature(event, 'video_search')
    assertFeature(event, 'bib_search')
    return searchVideosByBib(deps, { event, bib: wish.bib })
  }
  assertFeature(event, 'video_search')
  assertFeature(event, 'timeline_search')
  const [from, to] = [secondsOf('from', wish.from), secondsOf('to', wish.to)]
  return searchVideosByTime(deps, { event, from, to })
}

/** Epoch seconds. A leap second is a time by its pattern, and none to JavaScript. @throws validation_failed */
function secondsOf(field: 'from' | 'to', instant: string | undefined): number {
  const ms = Date.parse(instant ?? '')
  if (Number.isNaN(ms)) throw badInstant(field)
  return ms / 1000
}

/** Of somebody who asked not to be found no face is kept, so there is nothing to look for. */
const nothing = (eventId: number, requestId: string): VideoSearchState => ({
  requestId,
  eventId,
  status: 'completed',
  clips: [],
  moments: [],
  error: null,
  videosIndexing: 0,
})

async function withVideos({ db }: { db: Db }, state: VideoSearchState): Promise<FoundClips> {
  const ids = [...new Set(state.clips.map(({ videoId }) => videoId))]
  const videos = await findVideos(db, state.eventId, ids)
  return { ...state, videos: new Map(videos.map((video) => [video.id, video])) }
}
