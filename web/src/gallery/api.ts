import { connection } from './connection.svelte.ts'

/** A refusal of the server: `code` is stable; `message` is its English explanation. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly code: string
  readonly status: number
  readonly retryAfterSeconds: number | undefined

  constructor(answer: Response, message: string) {
    super(message)
    this.code = answer.headers.get('X-Error-Code') ?? 'unknown'
    this.status = answer.status
    const seconds = Number(answer.headers.get('Retry-After') ?? Number.NaN)
    this.retryAfterSeconds = Number.isFinite(seconds) ? seconds : undefined
  }
}

type Options = { json?: unknown; form?: FormData; signal?: AbortSignal }
type Method = 'GET' | 'POST' | 'DELETE'

const ATTEMPTS_WHEN_BUSY = 4
const LONGEST_WAIT_MS = 15_000

/** What the server put into the page, so that the first photos need no further question: answers by path, used once. */
const given = new Map<string, unknown>(
  Object.entries(JSON.parse(document.getElementById('given')?.textContent ?? '{}')),
)

/**
 * Calls the gallery's surface and gives the `data` of its answer. Reads wait until the connection is back and while the server
 * is busy; changes fail at once, for the person to decide.
 *
 * @param path behind `/api/v1/gallery`
 * @throws Refusal, and what `fetch` throws
 */
export async function ask<Data>(
  method: Method,
  path: string,
  options: Options = {},
): Promise<Data> {
  if (method === 'GET' && given.has(path)) {
    const data = given.get(path) as Data
    given.delete(path)
    return data
  }
  for (let attempt = 1; ; attempt++) {
    const outcome = await send<Data>(method, path, options).catch((error: unknown) => {
      options.signal?.throwIfAborted()
      if (method !== 'GET' || !isPassing(error, attempt)) throw error
      return error instanceof Refusal ? error : undefined
    })
    if (outcome && 'data' in outcome) {
      connection.isLost = false
      return outcome.data
    }
    if (!outcome) connection.isLost = true
    const seconds = outcome?.retryAfterSeconds ?? 2 ** (attempt - 1)
    await connection.wait(Math.min(LONGEST_WAIT_MS, seconds * 1000), options.signal)
  }
}

async function send<Data>(
  method: Method,
  path: string,
  { json, form, signal }: Options,
): Promise<{ data: Data }> {
  const answer = await fetch(`/api/v1/gallery${path}`, {
    method,
    credentials: 'same-origin',
    ...(json !== undefined && {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(json),
    }),
    ...(form && { body: form }),
    ...(signal && { signal }),
  })
  if (answer.ok) return answer.json()
  const { message } = await answer.json().catch(() => ({ message: answer.statusText }))
  throw new Refusal(answer, message)
}

/** A lost connection is waited for without end; a busy or stumbling server a few times. */
function isPassing(error: unknown, attempt: number): boolean {
  if (!(error instanceof Refusal)) return error instanceof TypeError
  return attempt < ATTEMPTS_WHEN_BUSY && (error.status === 429 || error.status >= 500)
}
