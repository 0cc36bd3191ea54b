import { type Static, Type } from 'typebox'
import { CandidatePhoto } from '../bibs/index.ts'
import { Nullable } from '../http/envelope.ts'

export const Session = Type.Object({
  org_id: Type.Integer(),
  key_id: Type.String(),
  key_name: Type.String(),
})

const Proportion = Type.Object(
  {
    of: Type.Integer({ description: 'How many were looked at.' }),
    count: Type.Integer(),
    value: Nullable(Type.Number({ description: '0 to 1; null when none was looked at.' })),
    low: Type.Number(),
    high: Type.Number(),
  },
  { description: 'A share with its Wilson interval, 95 %.' },
)

export const AuditReport = Type.Object({
  seed: Type.Integer(),
  photos: Type.Integer({ description: 'Photos in the sample.' }),
  judged: Type.Integer(),
  precision: Type.Object(Proportion.properties, {
    description: 'Of the bibs that the reads alone would show, those that are there.',
  }),
  recall: Type.Object(Proportion.properties, {
    description: 'Of the bibs that a person can read, those that the reads alone would show.',
  }),
  coverage: Type.Object(Proportion.properties, {
    description:
      'Of the photos in which a person can read a bib, those that are found by at least one.',
  }),
})
export type AuditReport = Static<typeof AuditReport>

export const AuditPhoto = Type.Object({
  ordinal: Type.Integer(),
  ...CandidatePhoto.properties,
  machine: Type.Array(Type.String(), { description: 'What the reads alone would show.' }),
  bibs: Nullable(
    Type.Array(Type.String(), { description: 'What a person saw; null when not asked yet.' }),
  ),
})

export const Coverage = Type.Object({
  entrants: Type.Object({ total: Type.Integer(), with_photos: Type.Integer() }),
  photos: Type.Object({
    total: Type.Integer(),
    done: Type.Integer(),
    failed: Type.Integer(),
    with_bib: Type.Integer(),
    with_face: Type.Integer(),
    untimed: Type.Integer(),
  }),
  cameras: Type.Array(
    Type.Object({
      camera: Nullable(Type.String()),
      total: Type.Integer(),
      stamped: Type.Integer(),
      bibs_read: Type.Integer(),
      faces_indexed: Type.Integer(),
      done: Type.Integer(),
      failed: Type.Integer(),
    }),
    { description: 'How far each step is. A camera is known when its photo is done.' },
  ),
})

export const Timeline = Type.Object({
  bucket_seconds: Type.Integer(),
  buckets: Type.Array(
    Type.Object({ start: Type.String(), camera: Nullable(Type.String()), photos: Type.Integer() }),
  ),
})

export const Entrant = Type.Object({
  bib: Type.String(),
  name: Nullable(Type.String()),
  category: Nullable(Type.String()),
})
