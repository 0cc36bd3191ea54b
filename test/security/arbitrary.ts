import fc from 'fast-check'
import type { Schema } from './operations.ts'

/** Values that fit a schema. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map(fitting))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, field]) => [name, fitting(field)]),
        ),
        { requiredKeys: schema.required ?? [] },
      )
    case 'array':
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, (schema.minItems ?? 0) + 5),
      })
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? 0, -(2 ** 31)),
        max: Math.min(schema.maximum ?? 1000, 2 ** 31 - 1),
      })
    case 'number':
      return fc.double({
        min: schema.minimum ?? -1e6,
        max: schema.maximum ?? 1e6,
        noNaN: true,
      })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return fittingText(schema)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function fittingText({ pattern, format, minLength = 0, maxLength = 80 }: Schema) {
  if (pattern) {
    // Classes of Unicode cannot be generated from: their Latin part stands for them.
    const latin = pattern.replaceAll('\\p{L}', 'A-Za-z').replaceAll('\\p{N}', '0-9')
    const text = fc.stringMatching(new RegExp(latin, 'u'), { maxLength: Math.min(maxLength, 80) })
    return text.filter(({ length }) => length >= minLength && length <= maxLength)
  }
  if (format === 'uuid') return fc.uuid()
  return fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'binary' })
}

/** What breaks parsers, SQL, paths, headers, regular expressions and people's assumptions. */
const HOSTILE = [
  '',
  ' ',
  '0',
  '-1',
  '1e309',
  'NaN',
  '0x10',
  '1.5',
  '2147483648',
  '9223372036854775808',
  '99999999999999999999999999',
  'null',
  'undefined',
  '[object Object]',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '....//....//etc/passwd',
  '/etc/passwd',
  'C:\\Windows\\win.ini',
  "' or 1=1 --",
  "'; drop table photo; --",
  '%00',
  '\u0000',
  'a\u0000b',
  '\r\nSet-Cookie: a=b',
  '%0d%0aSet-Cookie:%20a=b',
  '\ud800',
  '\u202e\u200b\ufeff',
  '%',
  '%zz',
  '%c0%ae',
  '{{7*7}}',

  '<script>alert(1)</script>',
  'constructor',
  '__proto__',
  'toString',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'A'.repeat(250),
  'é'.repeat(100),
  '9'.repeat(299),
]

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
)

/** JSON of any shape, with texts that hurt. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, true, 1e308, -0, [], {}, [[[[]]]], 2 ** 53, -1),
)

/** A value that fits, with one of its fields, at any depth, replaced by something hostile or left out. */
export const nearlyFitting = (schema: Schema): fc.Arbitrary<unknown> =>
  fc
    .tuple(fitting(schema), hostileValue, fc.nat(), fc.boolean())
    .map(([value, bad, at, isGone]) => {
      if (typeof value !== 'object' || value === null) return bad
      const names = Object.keys(value)
      const name = names[at % (names.length || 1)] ?? 'extra'
      const rest: Record<string, unknown> = { ...value }
      if (isGone) delete rest[name]
      else rest[name] = bad
      return Array.isArray(value) ? Object.values(rest) : rest
    })
