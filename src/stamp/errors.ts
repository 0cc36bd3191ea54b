import { AppError } from '../lib/errors.ts'

export const previewNotFound = () =>
  new AppError({ code: 'object_not_found', message: 'There is no such preview.' })

export const watermarkType = (contentType: string | undefined) =>
  new AppError({
    code: 'unsupported_media_type',
    message: `A watermark is image/png or image/svg+xml, not ${contentType ?? 'untyped'}.`,
  })

/** The art cannot be used as a watermark. `why` is a sentence that says what to change. */
export const watermarkInvalid = (why: string, cause?: unknown) =>
  new AppError({ code: 'watermark_invalid', message: why, cause })

export const noPhotoToShow = () =>
  new AppError({
    code: 'photo_not_found',
    message: 'The event has no finished photo to show the watermark on yet.',
  })

export const previewBusy = () =>
  new AppError({
    code: 'preview_busy',
    message: 'Other previews are being drawn. Try again in a second.',
    retryAfterSeconds: 1,
  })
