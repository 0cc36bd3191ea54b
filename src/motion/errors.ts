import { AppError } from '../lib/errors.ts'

export const videoNotFound = (videoId: string) =>
  new AppError({ code: 'video_not_found', message: `There is no video ${videoId} in this event.` })

export const momentNotFound = (momentId: string) =>
  new AppError({
    code: 'moment_not_found',
    message: `There is no moment ${momentId} in this search.`,
  })

export const clipNotFound = () =>
  new AppError({ code: 'object_not_found', message: 'There is no such clip.' })

export const searchNotFound = (requestId: string) =>
  new AppError({
    code: 'request_not_found',
    message: `There is no video search ${requestId} in this event.`,
  })

export const noFile = () =>
  new AppError({
    code: 'validation_failed',
    message: 'body.file: send the video as a multipart part named file',
  })

export const badRecordedAt = (text: string) =>
  new AppError({
    code: 'validation_failed',
    message: `recorded_at: "${text}" is no time with an offset, such as 2026-01-19T06:00:00+05:30`,
  })

export const badWindow = () =>
  new AppError({ code: 'validation_failed', message: 'body.to: must be after from' })

export const fileTooLarge = (maxBytes: number) =>
  new AppError({
    code: 'video_too_large',
    message: `The file is larger than the limit of ${Math.floor(maxBytes / 2 ** 30)} GB for one video.`,
  })

export const momentGone = (videoId: string, seconds: number) =>
  new AppError({
    code: 'video_not_decodable',
    message: `Video ${videoId} has no picture at ${seconds.toFixed(1)} s any more. Replace it, or delete it.`,
  })

export const originalMissing = (videoId: string) =>
  new AppError({
    code: 'object_not_found',
    message: `The original of video ${videoId} is not in the store.`,
  })
