import { AppError } from '../lib/errors.ts'

export const imageNotFound = (ids: readonly string[]) =>
  new AppError({
    code: 'image_not_found',
    message:
      ids.length === 1
        ? `No image of this event has the id ${ids[0]}.`
        : 'No image of this event has any of these ids.',
  })

export const urlInvalid = () =>
  new AppError({
    code: 'url_signature_invalid',
    message: 'This link was changed or cut off. Ask for a new one.',
  })

export const urlExpired = () =>
  new AppError({ code: 'url_expired', message: 'This link has expired. Ask for a new one.' })

export const objectNotFound = () =>
  new AppError({ code: 'object_not_found', message: 'This file is no longer there.' })
