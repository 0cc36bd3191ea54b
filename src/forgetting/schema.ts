import { type Static, Type } from 'typebox'
import { EventParams } from '../events/index.ts'
import { Nullable } from '../http/envelope.ts'
import { FilePart } from '../http/openapi.ts'

export const HidingParams = Type.Object({ ...EventParams.properties, hiding_id: Type.String() })

export const HideBib = Type.Object(
  {
    bib: Type.String({ minLength: 1, maxLength: 64, pattern: '[\\p{L}\\p{N}]' }),
  },
  { additionalProperties: false },
)

export const HideSelfieForm = Type.Object({
  file: FilePart('a selfie of the person; up to five of one person'),
  lasting: Type.Optional(
    Type.Enum(['true', 'false'], {
      description:
        'true (default): later photos too, for which the face is kept, sealed. false: what there is goes, and nothing is kept.',
    }),
  ),
})

export const HidingStatus = Type.Enum(['asked', 'confirmed', 'erased'], {
  description:
    'asked: waits for the organiser; confirmed: nothing new of the person is kept, what there is goes within a minute; erased: all is gone and the receipt is there.',
})

/** What a participant is told. */
export const AskedHiding = Type.Object({ hiding_id: Type.String(), status: HidingStatus })

export const Hiding = Type.Object({
  hiding_id: Type.String(),
  kind: Type.Enum(['bib', 'selfie']),
  bib: Nullable(Type.String()),
  lasting: Type.Boolean(),
  status: HidingStatus,
  keeps_face: Type.Boolean({ description: 'True while the sealed face is kept.' }),
  asked_by: Type.String(),
  asked_at: Type.String(),
  confirmed_by: Nullable(Type.String()),
  confirmed_at: Nullable(Type.String()),
  erased_at: Nullable(Type.String()),
})

export const HidingPreview = Type.Object({
  photos: Type.Integer(),
  video_passes: Type.Integer({ description: 'Times that the person comes by in videos.' }),
  bibs: Type.Array(Type.Object({ bib: Type.String(), photos: Type.Integer() }), {
    description: 'What these photos show most often: to see whether it is one person.',
  }),
  samples: Type.Array(
    Type.Object({
      image_id: Type.String(),
      img_url: Type.String(),
      thumbnail_url: Type.String(),
      width: Nullable(Type.Integer()),
      height: Nullable(Type.Integer()),
      boxes: Type.Array(Type.Array(Type.Number()), {
        description: 'x, y, width, height in the displayed original.',
      }),
    }),
    { description: 'At most twelve, from all of the event.' },
  ),
})

/** How much was removed, by kind. */
const Removed = Type.Object({
  faces: Type.Integer(),
  photos_with_face: Type.Integer(),
  search_hits: Type.Integer(),
  photos_with_bib: Type.Integer(),
  bib_readings: Type.Integer(),
  bib_verdicts: Type.Integer(),
  participants: Type.Integer(),
  video_tracks: Type.Integer(),
  video_faces: Type.Integer(),
  video_bib_readings: Type.Integer(),
  video_matches: Type.Integer(),
  video_moments: Type.Integer(),
  clips: Type.Integer(),
})
export type Removed = Static<typeof Removed>

const text = Type.String({ maxLength: 1000 })
export const Receipt = Type.Object(
  {
    document: Type.Literal('trackside receipt of forgetting 1'),
    hiding_id: text,
    event_id: Type.Integer(),
    event_name: text,
    kind: Type.Enum(['bib', 'selfie']),
    bib: Nullable(text),
    keeps: Type.Enum(['nothing', 'the bib number', 'the face, sealed'], {
      description: 'What is kept so that later photos do not show the person either.',
    }),
    asked_by: text,
    asked_at: text,
    confirmed_by: text,
    confirmed_at: text,
    erased_at: text,
    removed: Removed,
    public_key: Type.String({ maxLength: 100, description: 'Ed25519, base64url (RFC 8037).' }),
    signature: Type.String({
      maxLength: 200,
      description: 'Ed25519 over the RFC 8785 form of all other members, base64url.',
    }),
  },
  { additionalProperties: false },
)
export type Receipt = Static<typeof Receipt>

export const ReceiptVerdict = Type.Object({
  verdict: Type.Enum(['genuine', 'changed', 'of another installation']),
})
