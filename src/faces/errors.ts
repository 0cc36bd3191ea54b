import { AppError } from '../lib/errors.ts'

export const selfieMissing = () =>
  new AppError({
    code: 'selfie_missing',
    message: 'Send a selfie as the multipart part "file", or the request_id of an earlier search.',
  })

export const selfieEmpty = () =>
  new AppError({
    code: 'selfie_empty',
    message: 'The selfie is an empty file. Take or choose another.',
  })

export const selfieNotAPicture = (cause?: unknown) =>
  new AppError({
    code: 'selfie_not_a_picture',
    message: 'The selfie cannot be read as a picture. Send a JPEG, PNG, WebP or AVIF.',
    cause,
  })

export const selfieWithoutFace = () =>
  new AppError({
    code: 'selfie_without_face',
    message:
      'No face was found in the selfie. Use a clear picture of one face, seen from the front.',
  })

export const invalidRequestId = (requestId: string) =>
  new AppError({ code: 'invalid_request_id', message: `"${requestId}" is not a UUID.` })

export const requestNotFound = (requestId: string) =>
  new AppError({
    code: 'request_not_found',
    message: `There is no face search ${requestId} in this event.`,
  })
