import { Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Pagination } from '../http/paging.ts'

const window = {
  video_id: Type.String(),
  start_time: Type.Number({ description: 'Seconds within the source video.' }),
  end_time: Type.Number(),
  duration: Type.Number(),
  confidence: Type.Number({ description: 'How sure it is that this is the person, in per cent.' }),
}

export const VideoClip = Type.Object({
  clip_id: Type.String(),
  clip_url: Type.String({ description: 'A playable MP4; needs no key, expires after a day.' }),
  thumbnail_url: Type.String({ description: 'A poster (JPEG); the same goes for it.' }),
  preview_url: Nullable(
    Type.String({
      description:
        'Three seconds of it, small and silent, to be shown in a loop: where the event’s `motion.preview` is on.',
    }),
  ),
  ...window,
})

export const ClipStatus = Type.Enum(['pending', 'processing', 'ready', 'failed'])

export const Moment = Type.Object({
  moment_id: Type.String(),
  ...window,
  clip: Nullable(VideoClip),
})

export const VideoSearch = Type.Object({
  request_id: Type.String(),
  status: Type.Enum(['pending', 'processing', 'completed', 'failed'], {
    description:
      'The last two are final; completed without clips: no appearance in the videos that are indexed.',
  }),
  clips: Type.Array(VideoClip, { description: 'The best moment of each video.' }),
  moments: Type.Array(Moment, {
    description: 'Every moment, the best of each video first. Ask for the clip of one by its id.',
  }),
  error: Nullable(Type.String()),
  videos_indexing: Type.Integer({
    description:
      'Videos of the event that are not indexed yet: search again when they are, for who is in them is not found so far.',
  }),
})

export const AskMoment = Type.Object(
  {
    moment_id: Type.String({ maxLength: 20 }),
    format: Type.Enum(['source', 'portrait', 'preview'], {
      default: 'source',
      description:
        'source: as filmed; portrait: 9:16, following the person; preview: three seconds, small, silent.',
    }),
    watermark: Type.Optional(Type.Boolean({ description: 'With the event’s watermark.' })),
  },
  { additionalProperties: false },
)

export const AskedMoment = Type.Object({
  clip_id: Type.String(),
  status: ClipStatus,
  clip: Nullable(VideoClip),
  error: Nullable(Type.String()),
})

export const SearchByBib = Type.Object(
  { bib: Type.String({ minLength: 1, maxLength: 64 }) },
  { additionalProperties: false },
)

export const SearchByTime = Type.Object(
  {
    from: Type.Integer({ minimum: 0, maximum: 2 ** 40, description: 'Epoch seconds.' }),
    to: Type.Integer({ minimum: 0, maximum: 2 ** 40, description: 'Epoch seconds, exclusive.' }),
  },
  { additionalProperties: false },
)

export const UploadedVideo = Type.Object({
  video_id: Type.String(),
  file_name: Type.String(),
  status: Type.Enum(['stored', 'duplicate']),
})

export const ManagedVideo = Type.Object({
  video_id: Type.String(),
  file_name: Type.String(),
  status: Type.Enum(['pending', 'indexing', 'done', 'failed']),
  progress: Type.Number({ minimum: 0, maximum: 1, description: 'The share that is indexed.' }),
  error: Nullable(Type.String()),
  error_code: Nullable(Type.String()),
  duration: Nullable(Type.Number({ description: 'Seconds.' })),
  recorded_at: Nullable(Type.String({ description: 'UTC, of the first picture.' })),
  width: Nullable(Type.Integer()),
  height: Nullable(Type.Integer()),
  codec: Nullable(Type.String()),
  bytes: Type.Integer(),
})

export const ChangeVideo = Type.Object(
  {
    recorded_at: Type.String({
      maxLength: 40,
      description: 'ISO 8601 with an offset: when the first picture was taken.',
    }),
  },
  { additionalProperties: false },
)

export const ManagedVideoPage = Type.Object({
  videos: Type.Array(ManagedVideo),
  pagination: Pagination,
})
