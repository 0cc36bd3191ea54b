import { AppError } from '../lib/errors.ts'

export const eventNotFound = (eventId: number) =>
  new AppError({ code: 'event_not_found', message: `There is no event ${eventId}.` })

export const eventOfAnother = () =>
  new AppError({
    code: 'wrong_organisation',
    message: 'This event belongs to another organisation.',
  })

export const featureDisabled = (flag: string) =>
  new AppError({ code: 'feature_disabled', message: `${flag} is switched off for this event.` })

export const noBiometrics = () =>
  new AppError({
    code: 'feature_disabled',
    message:
      'This event computes no faces, so nobody can be found by selfie. Search by bib or by time.',
  })

export const slugTaken = (slug: string) =>
  new AppError({
    code: 'slug_taken',
    message: `Another event has the slug "${slug}"; choose another.`,
  })

export const badField = (field: string, text: string) =>
  new AppError({ code: 'validation_failed', message: `body.${field}: ${text}` })
