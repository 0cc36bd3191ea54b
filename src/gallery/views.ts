import type { Event } from '../events/index.ts'
import { type clipUrlOf, previewUrlOf } from '../motion/index.ts'
import { type PhotoRow, previewUrl } from '../photos/index.ts'
import type { FoundClips } from './find-clips.ts'
import { localTime } from './local-time.ts'
import type { GalleryClips, GalleryPhoto } from './schema.ts'

export const galleryPhotoView =
  ({ timezone, bibSearch }: Event, bibs: ReadonlyMap<string, readonly string[]>) =>
  (photo: PhotoRow): GalleryPhoto => ({
    id: photo.id,
    thumb_url: previewUrl('', 'small', photo),
    preview_url: previewUrl('', 'large', photo),
    width: photo.width ?? 1,
    height: photo.height ?? 1,
    captured_at: photo.capturedAt?.toISOString() ?? null,
    local_time: photo.capturedAt && localTime(photo.capturedAt, timezone),
    bibs: bibSearch ? [...(bibs.get(photo.id) ?? [])] : [],
  })

type Listed = {
  event: Event
  photos: number
  cover: PhotoRow | undefined
}

export const galleryListView = ({ event, photos, cover }: Listed) => ({
  slug: event.slug,
  name: event.name,
  date: event.date,
  photo_count: photos,
  cover_url: cover ? previewUrl('', 'large', cover) : null,
})

/** The clips that are ready, the surest first; those of videos indexed after the search stand behind. */
export const clipsView = (
  clipUrl: ReturnType<typeof clipUrlOf>,
  found: FoundClips,
): GalleryClips => ({
  request_id: found.requestId,
  status: found.status === 'pending' || found.status === 'processing' ? 'processing' : 'done',
  clips: found.clips.flatMap(({ clip, videoId }) => {
    const video = found.videos.get(videoId)
    if (!clip || !video) return []
    return {
      id: clip.id,
      clip_url: clipUrl(clip, 'mp4'),
      poster_url: clipUrl(clip, 'jpg'),
      preview_url: previewUrlOf(clipUrl, clip),
      video_name: video.fileName,
      recorded_at: video.recordedAt?.toISOString() ?? null,
      start: clip.startSeconds,
      end: clip.endSeconds,
      duration: Math.round((clip.endSeconds - clip.startSeconds) * 1000) / 1000,
      width: video.width ?? 16,
      height: video.height ?? 9,
      status: 'ready' as const,
    }
  }),
  videos_indexing: found.videosIndexing,
})
