import { setTimeout as sleep } from 'node:timers/promises'
import { ERROR_CODES, type ErrorCode } from '../../lib/error-codes.ts'
import { AppError } from '../../lib/errors.ts'
import { UnreadableFile } from './unreadable.ts'

/** An answer of the API that is neither "too many" nor a failure of the server. */
export type Answer = {
  ok: boolean
  status: number
  headers: Headers
  code: string | null
  message: string
  data: unknown
}

/** Why a request has no second try: thrown by what makes it. */
export class UnrepeatableRequest extends Error {
  override name = 'UnrepeatableRequest'
}

export type RetryOptions = {
  /** Told what went wrong before it is tried again. */
  note: (line: string) => void
  /** Ends the waits between the tries. */
  signal: AbortSignal
  /** One for each further try. */
  waitsMs?: readonly number[]
}

/** A minute in all: longer than a restart of the server. */
const WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000]
const LONGEST_WAIT_MS = 60_000

/**
 * Sends a request, again after failures of the network, of the server (5xx) and refusals for being too many (429).
 *
 * @param makeRequest called for each try: a body that was streamed cannot be sent twice
 * @throws AppError not_ready when no try went well; UnreadableFile; UnrepeatableRequest; the reason of the signal
 */
export async function requestWithRetries(
  url: string,
  makeRequest: () => RequestInit | Promise<RequestInit>,
  { note, signal, waitsMs = WAITS_MS }: RetryOptions,
): Promise<Answer> {
  for (const waitMs of [...waitsMs, undefined]) {
    const tried = await tryOnce(url, makeRequest)
    if ('answer' in tried) return tried.answer
    if (waitMs === undefined)
      throw new AppError({
        code: 'not_ready',
        message: `${new URL(url).origin}: ${tried.problem}.`,
      })
    const pauseMs = Math.min(Math.max(waitMs, tried.retryAfterMs), LONGEST_WAIT_MS)
    note(`${new URL(url).origin}: ${tried.problem}; trying again in ${Math.ceil(pauseMs / 1000)} s`)
    await sleep(pauseMs, undefined, { signal })
  }
  throw new Error('unreachable')
}

/** What the server refused, as it said it. */
export function refusalOf({ code, status, message }: Answer): AppError {
  const known = code !== null && Object.hasOwn(ERROR_CODES, code)
  return new AppError({
    code: known ? (code as ErrorCode) : 'route_not_found',
    message: message || `The server answered ${status}: is the URL that of a trackside server?`,
  })
}

type Tried = { answer: Answer } | { problem: string; retryAfterMs: number }

async function tryOnce(
  url: string,
  makeRequest: () => RequestInit | Promise<RequestInit>,
): Promise<Tried> {
  try {
    const response = await fetch(url, await makeRequest())
    const text = await response.text()
    const { ok, status } = response
    // 501: the server cannot do this, now or later.
    if (status === 429 || (status >= 500 && status !== 501))
      return {
        problem: status === 429 ? 'too many requests' : `the server failed (${status})`,
        retryAfterMs: (Number(response.headers.get('retry-after')) || 0) * 1000,
      }
    return {
      answer: {
        ok,
        status,
        headers: response.headers,
        code: response.headers.get('x-error-code'),
        ...parseEnvelope(text),
      },
    }
  } catch (error) {
    const cause = findCause(error)
    if (cause instanceof UnreadableFile || cause instanceof UnrepeatableRequest) throw cause
    return { problem: describeNetworkError(cause), retryAfterMs: 0 }
  }
}

function parseEnvelope(text: string): { message: string; data: unknown } {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'message' in body && 'data' in body)
      return { message: String(body.message), data: body.data }
  } catch {
    // A proxy's page: the status says enough.
  }
  return { message: '', data: null }
}

/** fetch says only "fetch failed"; why is in its cause, for several addresses in the first of several causes. */
function findCause(error: unknown): unknown {
  if (error instanceof UnreadableFile || !(error instanceof Error)) return error
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return cause === undefined ? error : findCause(cause)
}

function describeNetworkError(cause: unknown): string {
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'no answer in time'
  return cause instanceof Error ? cause.message : String(cause)
}
