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
