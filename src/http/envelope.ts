import { type Static, type TSchema, Type } from 'typebox'
import { ERROR_CODES, type ErrorCode } from '../lib/error-codes.ts'

/** The three keys of every body. */
export const Success = <T extends TSchema>(data: T) =>
  Type.Object({ responseType: Type.Literal('success'), message: Type.String(), data })

export const success = <T>(message: string, data: T) => ({
  responseType: 'success' as const,
  message,
  data,
})

export const Failure = Type.Object(
  { responseType: Type.Literal('error'), message: Type.String(), data: Type.Null() },
  { title: 'Failure' },
)
export type Failure = Static<typeof Failure>

/** The response schemas of a route's failures, by status, each naming the codes that the header X-Error-Code can hold. */
export const failures = (...codes: ErrorCode[]): Record<number, TSchema> =>
  publicFailures(
    ...codes,
    'api_key_missing',
    'session_ended',
    'request_forged',
    'api_key_invalid',
    'api_key_inactive',
    'wrong_organisation',
    'scope_missing',
  )

/** As `failures`, of a route that asks for no key. */
export function publicFailures(...codes: ErrorCode[]): Record<number, TSchema> {
  const all: ErrorCode[] = [...codes, 'validation_failed', 'rate_limited', 'internal_error']
  const byStatus = Object.groupBy(new Set(all), (code) => ERROR_CODES[code].status)
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group]) => [
      status,
      Type.Object(Failure.properties, {
        description: (group ?? [])
          .map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`)
          .join('\n\n'),
      }),
    ]),
  )
}

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
