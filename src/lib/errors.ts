import { ERROR_CODES, type ErrorCode } from './error-codes.ts'

type AppErrorInit = {
  code: ErrorCode
  message: string
  cause?: unknown
  retryAfterSeconds?: number
}

/** A failure we expect, name and show to the caller. Everything else is a bug and becomes a 500. */
export class AppError extends Error {
  override name = 'AppError'
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfterSeconds: number | undefined

  constructor({ code, message, cause, retryAfterSeconds }: AppErrorInit) {
    super(message, { cause })
    this.code = code
    this.status = ERROR_CODES[code].status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** True when trying again with the same input cannot help: a job that meets it fails for good. */
export const isPermanent = (error: unknown): error is AppError =>
  error instanceof AppError && error.status < 500 && error.status !== 429
