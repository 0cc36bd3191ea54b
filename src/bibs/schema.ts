import { Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Box, Image } from '../photos/index.ts'
import { BIB, MAX_BIB_LENGTH } from './parse-start-list.ts'

export const BibText = Type.String({
  minLength: 1,
  maxLength: MAX_BIB_LENGTH,
  pattern: BIB.source,
})

export const VerdictValue = Type.Enum(['confirmed', 'rejected'])

export const Correction = Type.Object(
  {
    bib: BibText,
    verdict: Nullable(VerdictValue),
  },
  { additionalProperties: false, description: 'A verdict of null takes an earlier one back.' },
)

export const Candidate = Type.Object({
  bib: Type.String(),
  score: Type.Number(),
  box: Box,
  shown: Type.Boolean({ description: 'Searches find the photo by it.' }),
  doubtful: Type.Boolean({ description: 'A person’s answer would tell something.' }),
  verdict: Nullable(VerdictValue),
  entrant: Nullable(
    Type.Object({ name: Nullable(Type.String()), category: Nullable(Type.String()) }),
  ),
})

export const CandidatePhoto = Type.Object({
  ...Image.properties,
  file_name: Type.String(),
  candidates: Type.Array(Candidate),
})

export const RejectedRow = Type.Object({ line: Type.Integer(), reason: Type.String() })

const BibCounts = Type.Array(Type.Object({ bib: Type.String(), photos: Type.Integer() }))

export const StartListPreviewView = Type.Object({
  participants: Type.Integer(),
  rejected: Type.Array(RejectedRow),
  first: Type.Array(
    Type.Object({
      bib: Type.String(),
      name: Nullable(Type.String()),
      category: Nullable(Type.String()),
    }),
    { description: 'The first rows, as they were understood.' },
  ),
  matched: Type.Integer({ description: 'Entrants of whom some photo has a trusted read.' }),
  gained_total: Type.Integer({ description: 'Entrants that would be found and are not now.' }),
  gained: BibCounts,
  lost_total: Type.Integer({ description: 'Bibs that photos show now and the list lacks.' }),
  lost: BibCounts,
})
