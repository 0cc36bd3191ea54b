import { Type } from 'typebox'

export const OrganisationName = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })

export const KeyScope = Type.Enum(['read', 'manage'])

export const CreateKey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Array(KeyScope, { minItems: 1, maxItems: 2, uniqueItems: true }),
  },
  { additionalProperties: false },
)

export const ChangeKey = Type.Object({ active: Type.Boolean() }, { additionalProperties: false })

/** A key as lists show it: `key` is its first five characters and `***`. */
export const KeyView = Type.Object({
  key_id: Type.String(),
  name: Type.String(),
  key: Type.String(),
  scopes: Type.Array(KeyScope),
  active: Type.Boolean(),
  created_at: Type.String(),
})
