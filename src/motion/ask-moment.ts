import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { Clip } from './clip-queries.ts'
import { findMoments, type MomentRow, type SearchRef } from './clip-queries.ts'
import { momentNotFound } from './errors.ts'
import { findVideoSearchState } from './find-video-search.ts'
import { type ClipFormat, type EnqueueClip, requestClip } from './request-clip.ts'
import { motionSettingsOf } from './settings.ts'
import { findVideo } from './video-queries.ts'

/** What names a moment within its search. */
export const momentIdOf = ({ ordinal }: Pick<MomentRow, 'ordinal'>) => String(ordinal)

/**
 * The clip of one moment of a search, in the form asked for: cut when nobody asked for it before. Asked again, it tells how far
 * that is.
 *
 * @throws invalid_request_id, request_not_found, moment_not_found
 */
export async function askMoment(
  deps: { db: Db; enqueueClip: EnqueueClip },
  {
    event,
    requestId,
    momentId,
    format,
    hasWatermark,
  }: {
    event: Event
    requestId: string
    momentId: string
    format: ClipFormat
    hasWatermark?: boolean | undefined
  },
): Promise<{ moment: MomentRow; clip: Clip }> {
  const ref: SearchRef = { eventId: event.id, requestId }
  await findVideoSearchState(deps, ref)
  const settings = motionSettingsOf(event)
  return deps.db.transaction().execute(async (tx) => {
    const moments = await findMoments(tx, { ...ref, requestId: requestId.toLowerCase() })
    const moment = moments.find((one) => momentIdOf(one) === momentId)
    const video = moment && (await findVideo(tx, moment))
    if (!moment || !video) throw momentNotFound(momentId)
    const clip = await requestClip(
      tx,
      { event, video, settings },
      {
        startSeconds: moment.startSeconds,
        endSeconds: moment.endSeconds,
        thread: moment.thread,
        otherThreads: moment.otherThreads,
        format,
        // An event that marks its clips gives none without; a preview is too small for a mark.
        hasWatermark: format !== 'preview' && (settings.watermark || hasWatermark === true),
      },
      deps.enqueueClip,
    )
    return { moment, clip }
  })
}
