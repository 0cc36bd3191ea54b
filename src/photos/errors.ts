import { AppError } from '../lib/errors.ts'

export const photoNotFound = (photoId: string) =>
  new AppError({ code: 'photo_not_found', message: `There is no photo ${photoId} in this event.` })

export const fileTooLarge = (maxBytes: number) =>
  new AppError({
    code: 'photo_too_large',
    message: `The file is larger than the limit of ${Math.floor(maxBytes / 2 ** 20)} MB for one photo.`,
  })

export const noFiles = () =>
  new AppError({
    code: 'validation_failed',
    message: 'body.file: send at least one photo as a multipart part named file',
  })

export const originalMissing = (photoId: string) =>
  new AppError({
    code: 'object_not_found',
    message: `The original of photo ${photoId} is not in the store.`,
  })

export const retryNotPossible = (message: string) =>
  new AppError({ code: 'retry_not_possible', message })
