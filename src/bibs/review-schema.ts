import { Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Box, Image } from '../photos/index.ts'

/** As start lists take them: letters and digits of any script, in groups. */
export const BibText = Type.String({
  minLength: 1,
  maxLength: 20,
  pattern: '^\\s*[\\p{L}\\p{N}]+(?:[-._/ ][\\p{L}\\p{N}]+)*\\s*$',
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
