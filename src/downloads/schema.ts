import { type Static, type TSchema, Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Pagination } from '../http/paging.ts'

const Identifier = Type.String({ minLength: 1, maxLength: 100 })
const method = <M extends string, I extends TSchema>(name: M, identifier: I) =>
  Type.Object({ method: Type.Literal(name), identifier }, { additionalProperties: false })

const methods = [
  method('bib', Identifier),
  method('selfie', Identifier),
  method('image_id', Identifier),
  method('image_ids', Type.Array(Identifier, { minItems: 1, maxItems: 5000 })),
] as const

export type OriginalsRequest = Static<(typeof methods)[number]>
/** One of four ways to name photos; the discriminator keeps messages to the fields of the method that was meant. */
export const OriginalsRequest = Type.Unsafe<OriginalsRequest>({
  type: 'object',
  discriminator: { propertyName: 'method' },
  required: ['method', 'identifier'],
  oneOf: methods,
})

export const Originals = Type.Object({
  presigned_urls: Type.Array(Type.Object({ url: Type.String(), filename: Type.String() })),
  failed_urls: Type.Array(
    Type.Object({ image_id: Type.String(), error: Type.String(), path: Nullable(Type.String()) }),
  ),
  total_images: Type.Integer(),
  successful_count: Type.Integer(),
  failed_count: Type.Integer(),
  identifier: Nullable(Type.String()),
  pagination: Pagination,
})
export type Originals = Static<typeof Originals>
