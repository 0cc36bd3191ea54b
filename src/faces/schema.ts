import { type Static, Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Pagination } from '../http/paging.ts'
import { ImagePage } from '../photos/index.ts'

export const FaceSearchResult = Type.Object({
  request_id: Type.String(),
  confidence_percentage: Nullable(Type.Number({ description: 'The threshold that was used.' })),
  images: Type.Array(
    Type.Object({
      ...ImagePage.properties.images.items.properties,
      confidence: Type.Number({
        description: 'How sure the match is, as a calibrated percentage.',
      }),
    }),
  ),
  pagination: Pagination,
})
export type FaceSearchResult = Static<typeof FaceSearchResult>
