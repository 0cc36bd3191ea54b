import { AppError } from '../lib/errors.ts'

/** ffmpeg is not installed. */
export const videoUnavailable = (cause?: unknown) =>
  new AppError({
    code: 'video_unavailable',
    message:
      'Videos need ffmpeg, which is not installed on this server; "trackside doctor" says how to install it.',
    cause,
  })

/** No video comes out of the bytes. `why` is a sentence that says what to do. */
export const videoNotDecodable = (why: string, cause?: unknown) =>
  new AppError({ code: 'video_not_decodable', message: why, cause })

/** The file is of a kind that is not taken here. `why` is a sentence that says what to do. */
export const videoUnsupported = (why: string, cause?: unknown) =>
  new AppError({ code: 'video_unsupported', message: why, cause })

/** The video is longer or has more pixels than we are willing to decode. */
export const videoTooLarge = (why: string) =>
  new AppError({ code: 'video_too_large', message: why })
