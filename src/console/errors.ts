import { AppError } from '../lib/errors.ts'

export const notInSample = (photoId: string) =>
  new AppError({
    code: 'photo_not_found',
    message: `Photo ${photoId} is not in this sample.`,
  })

export const keyCannotSignIn = (message: string) =>
  new AppError({ code: 'sign_in_refused', message })
