import { momentIdOf } from './ask-moment.ts'
import type { Clip, MomentRow, MomentWithClip } from './clip-queries.ts'
import type { ClipFile } from './cut-clip.ts'
import type { VideoSearchState } from './find-video-search.ts'
import type { ListedVideo } from './video-queries.ts'

/** Signs the path of a clip's file. */
export type ClipUrl = (clip: Pick<Clip, 'eventId' | 'id'>, extension: ClipFile) => string

const windowView = ({
  videoId,
  startSeconds,
  endSeconds,
  percentage,
}: Pick<MomentRow, 'videoId' | 'startSeconds' | 'endSeconds' | 'percentage'>) => ({
  video_id: videoId,
  start_time: startSeconds,
  end_time: endSeconds,
  duration: round(endSeconds - startSeconds),
  confidence: round(percentage),
})

export const clipView = (clipUrl: ClipUrl, moment: MomentRow, clip: Clip | undefined) =>
  clip?.status === 'ready'
    ? {
        clip_id: clip.id,
        clip_url: clipUrl(clip, 'mp4'),
        thumbnail_url: clipUrl(clip, 'jpg'),
        preview_url: previewUrlOf(clipUrl, clip),
        ...windowView({ ...moment, ...lengthOf(clip) }),
      }
    : null

export const previewUrlOf = (clipUrl: ClipUrl, clip: Clip): string | null =>
  clip.hasPreview ? clipUrl(clip, 'preview.mp4') : null

/** A preview shows the first three seconds of its moment. */
const lengthOf = ({ format, startSeconds, endSeconds }: Clip) => ({
  startSeconds,
  endSeconds: format === 'preview' ? Math.min(endSeconds, startSeconds + 3) : endSeconds,
})

export const videoSearchView = (clipUrl: ClipUrl, state: VideoSearchState) => ({
  request_id: state.requestId,
  status: state.status,
  clips: state.clips.flatMap((moment) => clipView(clipUrl, moment, moment.clip) ?? []),
  moments: state.moments.map((moment: MomentWithClip) => ({
    moment_id: momentIdOf(moment),
    ...windowView(moment),
    clip: clipView(clipUrl, moment, moment.clip),
  })),
  error: state.error,
  videos_indexing: state.videosIndexing,
})

export const managedVideoView = (video: ListedVideo) => ({
  video_id: video.id,
  file_name: video.fileName,
  status: video.status,
  progress:
    video.status === 'done'
      ? 1
      : video.segments > 0
        ? round(video.segmentsDone / video.segments)
        : 0,
  error: video.error,
  error_code: video.errorCode,
  duration: video.duration,
  recorded_at: video.recordedAt?.toISOString() ?? null,
  width: video.width,
  height: video.height,
  codec: video.codec,
  bytes: Number(video.bytes),
})

/** Thousandths: what a difference of two milliseconds is. */
const round = (value: number) => Math.round(value * 1000) / 1000
