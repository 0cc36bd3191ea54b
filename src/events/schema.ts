import { type Static, Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Pagination } from '../http/paging.ts'

export const EventStatus = Type.Enum(['draft', 'active', 'archived'])

const flags = {
  event_enabled: Type.Boolean(),
  bib_search: Type.Boolean(),
  selfie_search: Type.Boolean(),
  name_search: Type.Boolean(),
  video_search: Type.Boolean(),
  video_selfie_search: Type.Boolean({ description: 'False whenever video_search is.' }),
  timeline_search: Type.Boolean(),
}
/** A feature that an event can switch off. */
export type Flag =
  | 'bib_search'
  | 'selfie_search'
  | 'timeline_search'
  | 'video_search'
  | 'video_selfie_search'

const seconds = (description: string) =>
  Nullable(Type.Number({ minimum: 0, maximum: 3600, description }))
const days = (description: string) => Type.Integer({ minimum: 1, maximum: 36_500, description })
const settings = {
  event_date: Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$',
    description: 'Wall time of the event, no zone: 2026-01-19T06:00:00',
  }),
  timezone: Type.String({
    minLength: 1,
    maxLength: 60,
    description: 'IANA name: the zone in which camera clocks without an offset are read.',
  }),
  event_slug: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 100 }),
  status: EventStatus,
  ...flags,
  confidence_percentage: Nullable(
    Type.Number({
      minimum: 1,
      maximum: 100,
      description: 'Least certainty of a face match; null: the default of the face model.',
    }),
  ),
  biometrics: Type.Enum(['faces', 'none'], {
    description:
      'none: no face is ever computed, in photos or videos; what there is of faces and selfie searches is deleted. Back to faces: all is looked at anew.',
  }),
  retention_days_searches: Nullable(
    days(
      'Selfie and clip searches are deleted so many days after they were made; null: with the event.',
    ),
  ),
  retention_days_faces: Nullable(
    days(
      'Faces are deleted so many days after their photo or video arrived; null: with the event.',
    ),
  ),
  motion: Type.Partial(
    Type.Object({
      sample_fps: Nullable(
        Type.Number({
          minimum: 0.1,
          maximum: 60,
          description: 'Frames looked at in a second of footage; default 5. For videos to come.',
        }),
      ),
      confidence_percentage: Nullable(
        Type.Number({
          minimum: 1,
          maximum: 100,
          description:
            'Least certainty that a person in a video is the one of the selfie; default 60.',
        }),
      ),
      max_gap: seconds('Appearances with less between them are one moment; default 2.'),
      min_segment: seconds('Shorter appearances are left out; default 0.4.'),
      padding_start: seconds('Shown before an appearance; default 2.'),
      padding_end: seconds('Shown after an appearance; default 3.'),
      max_clip: Nullable(
        Type.Number({
          minimum: 1,
          maximum: 600,
          description: 'Longest clip; a longer moment is cut around its best part. Default 30.',
        }),
      ),
      watermark: Nullable(
        Type.Boolean({
          description:
            'Clips carry the event’s watermark. They are encoded anew, which takes seconds. Default false.',
        }),
      ),
      strict: Nullable(
        Type.Boolean({
          description:
            'No picture outside its window stays inside the file of a clip, where editors could uncover up to one keyframe distance. Clips are encoded anew. Default false.',
        }),
      ),
      preview: Nullable(
        Type.Boolean({
          description:
            'Clips come with a `preview_url`: three seconds of their middle, small and silent, to be shown in a loop. They are ready about a second later. Default false.',
        }),
      ),
    }),
    {
      additionalProperties: false,
      description: 'Video search; times in seconds; null: the default.',
    },
  ),
  visibility: Type.Enum(['public', 'link', 'password'], {
    description:
      'Who sees the gallery: everybody (it is listed), who has its link, or who knows its password.',
  }),
  gallery_password: Nullable(
    Type.String({
      minLength: 6,
      maxLength: 200,
      description:
        'Never shown again. A new one locks everybody out who came in by the old; null takes it away.',
    }),
  ),
  gallery_downloads: Type.Boolean({ description: 'The gallery gives clean originals.' }),
  selfie_days: Type.Integer({
    minimum: 1,
    maximum: 365,
    description: 'Days until a selfie search of the gallery is forgotten; for searches to come.',
  }),
}
const EventName = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })

export const CreateEvent = Type.Object(
  { event_name: EventName, ...Type.Partial(Type.Object(settings)).properties },
  { additionalProperties: false },
)
export type CreateEvent = Static<typeof CreateEvent>

export const ChangeEvent = Type.Partial(
  Type.Object({
    event_name: EventName,
    ...settings,
    new_gallery_link: Type.Literal(true, {
      description: 'Makes a new link; the old one, and who came in by it, is locked out.',
    }),
  }),
  { additionalProperties: false },
)
export type ChangeEvent = Static<typeof ChangeEvent>

const identity = {
  event_id: Type.Integer(),
  event_name: Type.String(),
  event_slug: Type.String(),
  event_date: Nullable(Type.String()),
  status: EventStatus,
}

export const EventListItem = Type.Object({ ...identity, cover_image: Nullable(Type.String()) })

export const EventDetails = Type.Object({ ...identity, ...flags })

/** What the organiser sees beside the public details. */
export const EventSettings = Type.Object({
  ...EventDetails.properties,
  timezone: Type.String(),
  confidence_percentage: Nullable(Type.Number()),
  biometrics: Type.Enum(['faces', 'none']),
  retention_days_searches: Nullable(Type.Integer()),
  retention_days_faces: Nullable(Type.Integer()),
  motion: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Boolean()])),
  visibility: settings.visibility,
  gallery_downloads: settings.gallery_downloads,
  has_gallery_password: Type.Boolean(),
  selfie_days: settings.selfie_days,
  gallery_link: Type.String({ description: 'What to give to participants.' }),
})

export const EventPage = Type.Object({
  events: Type.Array(EventListItem),
  pagination: Pagination,
})

const id = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })
export const OrgParams = Type.Object({ org_id: id })
export const EventParams = Type.Object({ org_id: id, event_id: id })
