/** A refusal of the API: `code` is stable, the message is for people. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: string
  readonly status: number

  constructor(message: string, code: string, status: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Options = { json?: unknown; body?: Blob; form?: FormData; signal?: AbortSignal }

/** Changes carry this header: a page of another site cannot send it. */
export const OWN_HEADER = { 'X-Trackside-Console': '1' }

/** Called when the session has ended, so that the page can ask to sign in again. */
let onSignedOut = () => {}
export const whenSignedOut = (run: () => void) => {
  onSignedOut = run
}

async function send(method: Method, path: string, { json, body, form, signal }: Options) {
  const headers: Record<string, string> = { ...OWN_HEADER }
  if (json !== undefined) headers['Content-Type'] = 'application/json'
  if (body) headers['Content-Type'] = body.type
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers,
    credentials: 'same-origin',
    body: json === undefined ? (form ?? body ?? null) : JSON.stringify(json),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiError('The server cannot be reached. Is it running?', 'offline', 0)
  })
  if (answer.ok) return answer
  const { message } = await answer.json().catch(() => ({ message: answer.statusText }))
  const code = answer.headers.get('X-Error-Code') ?? 'unknown'
  if (answer.status === 401) onSignedOut()
  throw new ApiError(message, code, answer.status)
}

/** Calls the API and gives the `data` of its answer. */
export async function api<Data>(
  method: Method,
  path: string,
  options: Options = {},
): Promise<Data> {
  const answer = await send(method, path, options)
  return (await answer.json()).data
}

/** Calls the API for a picture; gives the URL of a blob, to be revoked by the caller. */
export async function picture(
  method: Method,
  path: string,
  options: Options = {},
): Promise<string> {
  const answer = await send(method, path, options)
  return URL.createObjectURL(await answer.blob())
}

/** What to tell people about a failure. */
export const tell = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong.'
