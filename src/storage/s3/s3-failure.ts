import { errorCodeOf } from '../../lib/error-code-of.ts'

/** What an operator can do about what the store said. */
const MEANINGS: Readonly<Record<string, string>> = {
  AccessDenied: 'access is denied: the key may not do this here',
  InvalidAccessKeyId: 'the access key is not known there (TRACKSIDE_S3_ACCESS_KEY_ID)',
  SignatureDoesNotMatch: 'the secret is wrong (TRACKSIDE_S3_SECRET_ACCESS_KEY)',
  ExpiredToken: 'the temporary credentials have expired',
  RequestTimeTooSkewed: "this machine's clock is wrong",
  NoSuchBucket: 'there is no such bucket (TRACKSIDE_S3_BUCKET)',
  PermanentRedirect: 'the bucket is in another region (TRACKSIDE_S3_REGION)',
  AuthorizationHeaderMalformed: 'the bucket is in another region (TRACKSIDE_S3_REGION)',
}

/** The store answered, and not what was hoped for. */
export class S3Failure extends Error {
  override name = 'S3Failure'
  readonly status: number
  /** S3's name of it: `NoSuchKey`. Empty where the answer has no body. */
  readonly code: string

  constructor(what: string, { status, code }: { status: number; code: string }) {
    super(`${what}: ${MEANINGS[code] ?? 'the store refused'} (${[status, code].join(' ').trim()})`)
    this.status = status
    this.code = code
  }
}

/** No answer, or half of one, in the time allowed. */
export class StoreStalled extends Error {
  override name = 'StoreStalled'
}

/** How the system tells of a network or a server that is not there. */
export const UNREACHABLE: ReadonlySet<string> = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'],
  ...['ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'HPE_INVALID_CONSTANT', 'UND_ERR_SOCKET'],
])
/** 409 is a write that met another one; 400 RequestTimeout a body that came too slowly. */
const PASSING = new Set(['SlowDown', 'RequestTimeout', 'OperationAborted', 'InternalError'])

/** True when the same request may succeed a moment later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof StoreStalled ||
  (error instanceof S3Failure
    ? error.status >= 500 || error.status === 429 || PASSING.has(error.code)
    : UNREACHABLE.has(errorCodeOf(error) ?? ''))

/** What `missing` stands for is no error. @throws everything else */
export function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof S3Failure && error.status === 404 && error.code !== 'NoSuchBucket') return
  throw error
}
