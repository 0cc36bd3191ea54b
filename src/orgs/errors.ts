import { AppError } from '../lib/errors.ts'

export const keyNotFound = (keyId: string) =>
  new AppError({ code: 'key_not_found', message: `There is no API key with id ${keyId}.` })

export const keyLimitReached = (limit: number) =>
  new AppError({
    code: 'key_limit_reached',
    message: `The organisation has ${limit} API keys, the most allowed. Delete one first.`,
  })

export const organisationNotFound = (orgId: number) =>
  new AppError({
    code: 'organisation_not_found',
    message: `There is no organisation ${orgId}.`,
  })
