import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { tellFaults } from '../lib/tell-faults.ts'
import { findOutage } from '../storage/find-outage.ts'
import { ClientGone } from './client-gone.ts'
import type { Failure } from './envelope.ts'

/** Failures of 500 and above that need no look into the log. */
const FORESEEN = new Set(['video_unavailable', 'page_not_built'])

/** Turns every failure into the envelope. The only place that answers with an error. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const known = toAppError(error)
  if (known.status >= 500 && !FORESEEN.has(known.code) && !(error instanceof ClientGone))
    request.log.error({ err: error }, 'request failed')
  if (known.retryAfterSeconds !== undefined) reply.header('Retry-After', known.retryAfterSeconds)
  const body: Failure = { responseType: 'error', message: known.message, data: null }
  return reply
    .code(known.status)
    .header('X-Error-Code', known.code)
    .type('application/json; charset=utf-8')
    .send(body)
}

export const routeNotFound = (request: FastifyRequest) =>
  new AppError({
    code: 'route_not_found',
    message: `There is no ${request.method} ${request.url.split('?')[0]}; see /docs for what there is.`,
  })

/** PostgreSQL's code for a text that it cannot store. */
const TEXT_WITH_NUL = '22021'
/** PostgreSQL's code for a query that was stopped: by its limit of time. */
const QUERY_CANCELED = '57014'
/** What busboy says of forms that end early or have no border, and Node of a client that hung up. */
const BROKEN_FORM = /^(Multipart: |Unexpected end of|Malformed part|Part terminated early|aborted$)/

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (!(error instanceof Error)) return internalError(error)
  const outage = error instanceof ClientGone ? undefined : findOutage(error)
  if (outage) return outage
  if ('code' in error && error.code === TEXT_WITH_NUL)
    return new AppError({
      code: 'validation_failed',
      message: 'text: must not hold the character NUL',
      cause: error,
    })
  if ('code' in error && error.code === QUERY_CANCELED)
    return new AppError({
      code: 'query_too_slow',
      message: 'The database took too long. Try again later.',
      cause: error,
      retryAfterSeconds: 5,
    })
  if (BROKEN_FORM.test(error.message))
    return new AppError({
      code: 'invalid_body',
      message: `The form is broken: ${error.message}.`,
      cause: error,
    })
  const { validation, validationContext, code = '', statusCode = 500 } = error as FastifyError
  if (validation) {
    const message = tellFaults(validation, validationContext).join('; ')
    return new AppError({ code: 'validation_failed', message, cause: error })
  }
  if (
    statusCode === 413 ||
    code.endsWith('_FILE_TOO_LARGE') ||
    code === 'FST_ERR_CTP_BODY_TOO_LARGE'
  )
    return new AppError({
      code: 'upload_too_large',
      message: 'The upload is over the limit.',
      cause: error,
    })
  if (code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new AppError({
      code: 'validation_failed',
      message: 'params: a part of the path is too long',
      cause: error,
    })
  if (statusCode === 415)
    return new AppError({ code: 'unsupported_media_type', message: error.message, cause: error })
  if (statusCode === 429)
    return new AppError({ code: 'rate_limited', message: error.message, cause: error })
  if (statusCode >= 400 && statusCode < 500)
    return new AppError({ code: 'invalid_body', message: error.message, cause: error })
  return internalError(error)
}

const internalError = (cause: unknown) =>
  new AppError({
    code: 'internal_error',
    message:
      'Something went wrong on our side. It is safe to try again; the request id helps us find it.',
    cause,
  })
