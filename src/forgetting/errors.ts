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
