import { createReadStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../db/connect.ts'
import { findEvent } from '../events/index.ts'
import {
  copyClip,
  cutPoster,
  cutPreview,
  encodeClip,
  encodedSize,
  PREVIEW_SECONDS,
} from '../media/cut-video.ts'
import type { ToolDeps } from '../media/run-ffmpeg.ts'
import { drawOverlay } from '../stamp/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { makeClipFolder } from './clip-folder.ts'
import { type Clip, type ClipRef, findClip, updateClip } from './clip-queries.ts'
import { originalMissing } from './errors.ts'
import { followPath, joinPaths } from './follow-path.ts'
import { videoFolder } from './store-video.ts'
import { findPathsOfThreads } from './track-queries.ts'
import { findVideo, type Video } from './video-queries.ts'

export type CutDeps = ToolDeps & { db: Db; store: ObjectStore }

/** The clip, its poster, and three seconds of it to be shown in a loop, where there are. */
export type ClipFile = 'mp4' | 'jpg' | 'preview.mp4'

export const clipFilesOf = ({ hasPreview }: Pick<Clip, 'hasPreview'>): ClipFile[] => [
  'mp4',
  'jpg',
  ...(hasPreview ? (['preview.mp4'] as const) : []),
]

export const clipKey = (
  { eventId, id, videoId }: Pick<Clip, 'eventId' | 'id' | 'videoId'>,
  extension: ClipFile,
) => `${videoFolder({ eventId, videoId })}/clips/${id}.${extension}`

/** Cuts a clip with its poster and preview and stores them. Safe to run again; a clip that is gone meanwhile leaves nothing behind. */
export async function cutClip(
  { db, store, runTool }: CutDeps,
  ref: ClipRef,
  signal: AbortSignal,
): Promise<void> {
  const clip = await findClip(db, ref)
  if (!clip || clip.status === 'ready') return
  const video = await findVideo(db, clip)
  if (!video?.originalKey) return
  if (!(await store.stat(video.originalKey))) throw originalMissing(video.id)
  await updateClip(db, ref, { status: 'processing' })
  const folder = await makeClipFolder()
  try {
    const out = join(folder, 'clip.mp4')
    const poster = join(folder, 'poster.jpg')
    await cut(
      { db, runTool, clip, video, folder, out, location: store.locate(video.originalKey) },
      signal,
    )
    const middle = (clip.endSeconds - clip.startSeconds) / 2
    const atSeconds = clip.format === 'preview' ? Math.min(PREVIEW_SECONDS / 2, middle) : middle
    await cutPoster({ runTool }, out, { atSeconds, out: poster, signal })
    await store.put(clipKey(clip, 'jpg'), createReadStream(poster), signal)
    if (clip.hasPreview) {
      const preview = join(folder, 'preview.mp4')
      const startSeconds = Math.max(0, middle - PREVIEW_SECONDS / 2)
      const window = { startSeconds, endSeconds: startSeconds + PREVIEW_SECONDS }
      await cutPreview({ runTool }, out, { ...window, isInterlaced: false, out: preview, signal })
      await store.put(clipKey(clip, 'preview.mp4'), createReadStream(preview), signal)
    }
    await store.put(clipKey(clip, 'mp4'), createReadStream(out), signal)
    if (!(await updateClip(db, ref, { status: 'ready', error: null })))
      await eraseClip({ store }, clip)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function eraseClip(
  { store }: { store: ObjectStore },
  clip: Pick<Clip, 'eventId' | 'id' | 'videoId'>,
): Promise<void> {
  for (const file of clipFilesOf({ hasPreview: true })) await store.remove(clipKey(clip, file))
}

type Job = ToolDeps & {
  db: Db
  clip: Clip
  video: Video
  folder: string
  out: string
  location: string
}

async function cut({ db, runTool, clip, video, folder, out, location }: Job, signal: AbortSignal) {
  const { startSeconds, endSeconds, format, watermark, thread, otherThreads } = clip
  const window = { startSeconds, endSeconds, out, signal }
  const { isInterlaced } = video
  if (format === 'preview') return cutPreview({ runTool }, location, { ...window, isInterlaced })
  if (!clip.isEncoded) return copyClip({ runTool }, location, window)
  const pathsOf = (threads: readonly string[]) => findPathsOfThreads(db, clip.eventId, threads)
  const size = { width: video.width ?? 0, height: video.height ?? 0 }
  const follow =
    format === 'portrait'
      ? followPath(
          joinPaths([...(await pathsOf(thread ? [thread] : [])), ...(await pathsOf(otherThreads))]),
          { ...size, startSeconds, endSeconds },
        )
      : undefined
  const event = watermark ? await findEvent(db, clip.eventId) : undefined
  let overlay: string | undefined
  if (event) {
    overlay = join(folder, 'mark.png')
    await writeFile(overlay, await drawOverlay({ db }, event, encodedSize({ ...size, follow })))
  }
  return encodeClip({ runTool }, location, window, { ...size, isInterlaced, overlay, follow })
}
