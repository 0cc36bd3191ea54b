import { errorCodeOf } from '../lib/error-code-of.ts'
import { AppError } from '../lib/errors.ts'
import { isPassing, S3Failure, StoreStalled } from './s3/s3-failure.ts'

/** Codes of the system and of PostgreSQL (`disk_full`). */
const FULL = new Set(['ENOSPC', 'EDQUOT', '53100'])
/** What PostgreSQL says when it has no room, no connection or no time for anybody: classes and codes of its errors. */
const NO_DATABASE = /^(08|53|57P0[1-4]|58030)/
/** What connections of `pg` say when the other end goes, and pools when none is free. */
const NO_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable)/
/** Narrower than what the store knows: EPIPE is also what a program says that ended early. */
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EAI_AGAIN', 'ENOTFOUND'],
])

/**
 * What is amiss with the machines below when a piece of work fails through no fault of its own: the same work goes well once they are
 * back. Undefined for every other failure.
 *
 * @returns storage_full, storage_unavailable or not_ready
 */
export function findOutage(error: unknown): AppError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError)
      return cause.code === 'storage_full' ||
        cause.code === 'storage_unavailable' ||
        cause.code === 'not_ready'
        ? cause
        : undefined
    const code = errorCodeOf(cause) ?? ''
    if (FULL.has(code)) return storageFull(error)
    if (NO_DATABASE.test(code) || NO_CONNECTION.test(cause.message) || isNoServer(cause, code))
      return databaseAway(error)
    const isOfStore = cause instanceof S3Failure || cause instanceof StoreStalled
    if (isOfStore && isPassing(cause)) return storeAway(error)
  }
  return undefined
}

/** A socket to the database that nobody listens at: a path that is missing, or a port. The store says what it is of itself. */
const isNoServer = (error: Error, code: string): boolean =>
  'syscall' in error &&
  (error.syscall === 'connect'
    ? code === 'ENOENT' || UNREACHABLE.has(code)
    : (error.syscall === 'read' || error.syscall === 'write') && UNREACHABLE.has(code))

export const storageFull = (cause?: unknown) =>
  new AppError({
    code: 'storage_full',
    message:
      'There is no room left where photos are kept, so this was not taken. Make room on the disk, then send it again.',
    cause,
    retryAfterSeconds: 30,
  })

const storeAway = (cause: unknown) =>
  new AppError({
    code: 'storage_unavailable',
    message: 'The store of photos does not answer. Nothing was lost; try again in a moment.',
    cause,
    retryAfterSeconds: 5,
  })

const databaseAway = (cause: unknown) =>
  new AppError({
    code: 'not_ready',
    message:
      'The database cannot be reached, or has no connection free. Nothing was lost; try again in a moment.',
    cause,
    retryAfterSeconds: 5,
  })
