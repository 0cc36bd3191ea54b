import { type Static, Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { FilePart } from '../http/openapi.ts'

export const GalleryParams = Type.Object({
  slug: Type.String({ minLength: 1, maxLength: 120 }),
})
export const PhotoParams = Type.Object({
  ...GalleryParams.properties,
  id: Type.String({ format: 'uuid' }),
})

/** Rows from `offset` on: a grid asks for what comes into view, wherever that is. */
export const SliceQuery = Type.Object({
  offset: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: 300, default: 100 }),
})

export const GalleryPhoto = Type.Object({
  id: Type.String(),
  thumb_url: Type.String({ description: 'Small watermarked preview.' }),
  preview_url: Type.String({ description: 'Large watermarked preview.' }),
  width: Type.Integer({ description: 'Of the original as displayed, in pixels.' }),
  height: Type.Integer(),
  captured_at: Nullable(Type.String({ description: 'UTC, ISO 8601.' })),
  local_time: Nullable(Type.String({ description: 'Wall time at the event, no zone.' })),
  bibs: Type.Array(Type.String()),
})
export type GalleryPhoto = Static<typeof GalleryPhoto>

export const GalleryPhotos = Type.Object({
  total: Type.Integer(),
  photos: Type.Array(GalleryPhoto),
})

export const GalleryListItem = Type.Object({
  slug: Type.String(),
  name: Type.String(),
  date: Nullable(Type.String({ description: 'Wall time at the event, no zone.' })),
  photo_count: Type.Integer(),
  cover_url: Nullable(Type.String()),
})

export const Gallery = Type.Object({
  slug: Type.String(),
  name: Type.String(),
  date: Nullable(Type.String()),
  timezone: Type.String(),
  access: Type.Enum(['open', 'password', 'link'], {
    description: 'What is still missing; `open` when this browser may see the photos.',
  }),
  photo_count: Type.Integer({ description: '0 while it is not open.' }),
  searches: Type.Object({
    bib: Type.Boolean(),
    name: Type.Boolean(),
    selfie: Type.Boolean(),
    time: Type.Boolean(),
    video: Type.Boolean(),
    video_selfie: Type.Boolean({ description: 'Clips of the person of a result.' }),
  }),
  downloads: Type.Boolean(),
  hide_by_selfie: Type.Boolean({
    description: 'Whether people can ask to be hidden by their face.',
  }),
  selfie_days: Type.Integer({ description: 'Days until a selfie search is forgotten.' }),
})
export type Gallery = Static<typeof Gallery>

export const Unlock = Type.Object(
  {
    password: Type.Optional(Type.String({ maxLength: 200 })),
    key: Type.Optional(
      Type.String({ maxLength: 200, description: 'What stands behind `#k=` in the link.' }),
    ),
  },
  { additionalProperties: false },
)

export const GalleryTimeline = Type.Object({
  total: Type.Integer(),
  untimed: Type.Integer({ description: 'Photos without a time: the last of the list.' }),
  minutes: Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]), {
    description: '[minutes since 1970 UTC, photos], ascending; empty minutes are left out.',
  }),
})

export const Understood = Type.Union([
  Type.Object({ kind: Type.Literal('bib'), bib: Type.String() }),
  Type.Object({
    kind: Type.Literal('name'),
    people: Type.Array(Type.Object({ bib: Type.String(), name: Type.String() })),
  }),
  Type.Object({
    kind: Type.Literal('time'),
    from: Type.String(),
    to: Type.String(),
    local: Type.String({ description: 'As asked, HH:mm.' }),
  }),
  Type.Object({
    kind: Type.Literal('none'),
    reason: Type.Enum(['no_such_bib', 'not_understood', 'switched_off']),
  }),
])
export type Understood = Static<typeof Understood>

export const GallerySearch = Type.Object({
  understood: Understood,
  ...GalleryPhotos.properties,
})

const GalleryMatch = Type.Object({
  ...GalleryPhoto.properties,
  percentage: Type.Number({ description: 'How sure the match is, calibrated.' }),
})

export const GalleryResult = Type.Object({
  token: Type.String({ description: 'As it was given: names the result in addresses.' }),
  role: Type.Enum(['holder', 'friend']),
  shared_token: Nullable(Type.String({ description: 'What to give to friends; for the holder.' })),
  expires_at: Type.String(),
  total: Type.Integer(),
  sure: Type.Array(GalleryMatch, { description: 'In order of time.' }),
  maybe: Type.Array(GalleryMatch, { description: 'The likeliest first.' }),
  hidden: Type.Array(Type.String(), {
    description: 'Photos of which the holder said: not me; for the holder.',
  }),
})
export type GalleryResult = Static<typeof GalleryResult>

export const SelfieUpload = Type.Object({
  file: Type.Array(FilePart('a selfie; one to three'), { minItems: 1, maxItems: 3 }),
  result: Type.Optional(Type.String({ description: 'Token of the holder: adds to that result.' })),
})

export const ResultParams = Type.Object({
  ...GalleryParams.properties,
  token: Type.String({ minLength: 1, maxLength: 100 }),
})

export const NotMe = Type.Object(
  { photo_id: Type.String({ format: 'uuid' }), not_me: Type.Boolean() },
  { additionalProperties: false },
)

export const Share = Type.Object({ token: Type.String(), expires_at: Type.String() })

const one = { additionalProperties: false }
export const DownloadWish = Type.Union([
  Type.Object(
    { photo_ids: Type.Array(Type.String({ format: 'uuid' }), { minItems: 1, maxItems: 5000 }) },
    one,
  ),
  Type.Object({ result: Type.String({ minLength: 1, maxLength: 100 }) }, one),
  Type.Object({ bib: Type.String({ minLength: 1, maxLength: 64 }) }, one),
])
/** One of three ways to name photos. */
export type DownloadWish = { photo_ids?: string[]; result?: string; bib?: string }

export const Download = Type.Object({
  url: Type.String(),
  photos: Type.Integer(),
  bytes: Type.Integer({ description: 'Of the whole ZIP.' }),
  expires_at: Type.String(),
})

const Instant = Type.String({ format: 'date-time' })
export const ClipWish = Type.Union([
  Type.Object({ result: Type.String({ minLength: 1, maxLength: 100 }) }, one),
  Type.Object({ bib: Type.String({ minLength: 1, maxLength: 64 }) }, one),
  Type.Object({ from: Instant, to: Instant }, one),
])
/** Whom or what the clips are to show: one of three. */
export type ClipWish = { result?: string; bib?: string; from?: string; to?: string }

export const GalleryClips = Type.Object({
  request_id: Type.String(),
  status: Type.Enum(['processing', 'done']),
  clips: Type.Array(
    Type.Object({
      id: Type.String(),
      clip_url: Type.String({ description: 'Good for a day, without a key.' }),
      poster_url: Nullable(Type.String()),
      preview_url: Nullable(
        Type.String({ description: 'Three seconds of it, small and silent, for a loop.' }),
      ),
      video_name: Type.String(),
      recorded_at: Nullable(Type.String({ description: 'When the video begins.' })),
      start: Type.Number({ description: 'In the video, in seconds.' }),
      end: Type.Number(),
      duration: Type.Number(),
      width: Type.Integer(),
      height: Type.Integer(),
      status: Type.Literal('ready'),
    }),
    { description: 'Those that are ready.' },
  ),
  videos_indexing: Type.Integer({
    description: 'Videos that are not looked through yet: ask again later for who is in them.',
  }),
})
export type GalleryClips = Static<typeof GalleryClips>
