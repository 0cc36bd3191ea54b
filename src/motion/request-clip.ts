import { createHash } from 'node:crypto'
import type { Tx } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { newId } from '../lib/ids.ts'
import { type Clip, type ClipRef, insertClip, updateClip } from './clip-queries.ts'
import type { MotionSettings } from './settings.ts'
import type { Video } from './video-queries.ts'

export type ClipFormat = Clip['format']

export type EnqueueClip = (tx: Tx, clip: ClipRef) => Promise<void>

export type ClipWish = {
  startSeconds: number
  endSeconds: number
  /** `source`: as filmed; `portrait`: 9:16, following the person; `preview`: three seconds, small, silent. */
  format: ClipFormat
  hasWatermark: boolean
  /** Whom an upright clip follows, and who is the same person. */
  thread: string | null
  otherThreads: readonly string[]
}

/** What a keyframe before the start may be away: a clip by copy holds that much hidden lead-in. */
const MAX_LEAD_IN_SECONDS = 4
/** Changes when the same recipe gives other bytes than before. */
const VERSION = 1

/**
 * The clip of a wish: the one that is there, or a new one, enqueued in the same transaction. However many ask at once, it is cut
 * once. One that failed is tried again.
 */
export async function requestClip(
  tx: Tx,
  { event, video, settings }: { event: Event; video: Video; settings: MotionSettings },
  wish: ClipWish,
  enqueueClip: EnqueueClip,
): Promise<Clip> {
  const watermark = wish.hasWatermark ? event.stampRecipe : null
  const isEncoded = wish.format !== 'source' || !canCopy(video, settings, wish)
  const isFollowing = wish.format === 'portrait'
  const thread = isFollowing ? wish.thread : null
  const otherThreads = isFollowing ? [...wish.otherThreads] : []
  const hasPreview = settings.preview && wish.format !== 'preview'
  const { startSeconds, endSeconds, format } = wish
  const recipe = createHash('sha256')
    .update(
      JSON.stringify([
        ...[VERSION, startSeconds, endSeconds, format, isEncoded, watermark, thread],
        ...otherThreads,
        ...(hasPreview ? ['preview'] : []),
      ]),
    )
    .digest('hex')
  const { clip, isNew } = await insertClip(tx, {
    eventId: event.id,
    id: newId(),
    videoId: video.id,
    recipe,
    startSeconds,
    endSeconds,
    format,
    isEncoded,
    watermark,
    thread,
    otherThreads,
    hasPreview,
    error: null,
  })
  const ref = { eventId: event.id, clipId: clip.id }
  const isAgain = clip.status === 'failed'
  if (isAgain) await updateClip(tx, ref, { status: 'pending', error: null })
  if (isNew || isAgain) await enqueueClip(tx, ref)
  return isAgain ? { ...clip, status: 'pending', error: null } : clip
}

/** True when the pictures can be handed on as they are. */
export function canCopy(
  { codec, keyframes, isInterlaced }: Pick<Video, 'codec' | 'keyframes' | 'isInterlaced'>,
  { strict }: Pick<MotionSettings, 'strict'>,
  { startSeconds, hasWatermark }: Pick<ClipWish, 'startSeconds' | 'hasWatermark'>,
): boolean {
  // Browsers show both halves of a picture at once.
  if (codec !== 'h264' || isInterlaced || strict || hasWatermark) return false
  const before = keyframes?.findLast((keyframe) => keyframe <= startSeconds + 0.001)
  return startSeconds - (before ?? 0) <= MAX_LEAD_IN_SECONDS
}
