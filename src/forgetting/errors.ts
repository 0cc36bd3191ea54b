import { AppError } from '../lib/errors.ts'

export const hidingNotFound = (hidingId: string) =>
  new AppError({
    code: 'hiding_not_found',
    message: `There is no hiding ${hidingId} in this event.`,
  })

export const receiptNotReady = () =>
  new AppError({
    code: 'receipt_not_ready',
    message:
      'There is no receipt yet: it is written when all has been removed, within a minute of the confirmation.',
  })

export const hidingsWouldEnd = (people: number) =>
  new AppError({
    code: 'hidings_would_end',
    message: `${people} hidden by selfie would be found in later photos: what told their faces apart went when faces were switched off. Delete those hidings first, and have the people ask again.`,
  })

export const tooManyAsked = () =>
  new AppError({
    code: 'rate_limited',
    message: 'Too many wishes wait for the organiser. Write to the organiser instead.',
    retryAfterSeconds: 3600,
  })
