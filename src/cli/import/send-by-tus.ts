import { createReadStream } from 'node:fs'
import type { Outcome } from './destination.ts'
import { type MediaFile, nameOf } from './find-files.ts'
import { toStream } from './multipart-body.ts'
import {
  type Answer,
  type RetryOptions,
  refusalOf,
  requestWithRetries,
  UnrepeatableRequest,
} from './request-with-retries.ts'
import { UnreadableFile, whyUnreadable } from './unreadable.ts'

const TUS = { 'tus-resumable': '1.0.0' }
/** Statuses that speak about the one file: too large, no video, or a server that takes no videos. */
const REFUSES_FILE = new Set([413, 415, 422, 501])

type Upload = {
  /** `…/manage/{org}/uploads` */
  url: string
  headers: Record<string, string>
  eventId: number
  timeoutMs: number
}

/**
 * Sends one file so that a connection that breaks goes on where it was: https://tus.io/protocols/resumable-upload (1.0.0).
 *
 * @throws AppError with the server's words when it refuses key or event; not_ready when it stays away; UnreadableFile
 */
export async function sendByTus(
  upload: Upload,
  file: MediaFile,
  options: RetryOptions,
): Promise<Outcome> {
  for (let isAgain = false; ; isAgain = true) {
    const created = await create(upload, file, options)
    const location = created.headers.get('location')
    if (!created.ok || location === null) return refused(created)
    try {
      return outcomeOf(await fill(upload, new URL(location, upload.url).href, file, options))
    } catch (error) {
      // Its answer was lost: sent once more it is a duplicate.
      if (!(error instanceof UnrepeatableRequest) || isAgain) throw error
    }
  }
}

function create({ url, headers, eventId }: Upload, file: MediaFile, options: RetryOptions) {
  const metadata = { event_id: String(eventId), kind: file.kind, filename: nameOf(file) }
  const encoded = Object.entries(metadata).map(
    ([name, value]) => `${name} ${Buffer.from(value.toWellFormed()).toString('base64')}`,
  )
  const makeRequest = () => ({
    method: 'POST',
    headers: {
      ...headers,
      ...TUS,
      'upload-length': String(file.bytes),
      'upload-metadata': encoded.join(','),
    },
    signal: AbortSignal.timeout(60_000),
  })
  return requestWithRetries(url, makeRequest, options)
}

/** Sends the bytes; after a failure those that the server lacks. */
function fill(
  { headers, timeoutMs }: Upload,
  location: string,
  file: MediaFile,
  options: RetryOptions,
): Promise<Answer> {
  let isAgain = false
  const makeRequest = async () => {
    const offset = isAgain ? await findOffset(location, headers) : 0
    isAgain = true
    return {
      method: 'PATCH',
      headers: {
        ...headers,
        ...TUS,
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
      },
      body: toStream(readFrom(file, offset)),
      duplex: 'half' as const,
      signal: AbortSignal.timeout(timeoutMs),
    }
  }
  return requestWithRetries(location, makeRequest, options)
}

async function findOffset(location: string, headers: Record<string, string>): Promise<number> {
  const { status, headers: found } = await fetch(location, {
    method: 'HEAD',
    headers: { ...headers, ...TUS },
    signal: AbortSignal.timeout(60_000),
  })
  if (status === 404 || status === 410) throw new UnrepeatableRequest('The upload is gone.')
  const offset = Number(found.get('upload-offset') ?? Number.NaN)
  if (!Number.isInteger(offset)) throw new Error(`the upload cannot be resumed (${status})`)
  return offset
}

async function* readFrom({ path, bytes }: MediaFile, start: number): AsyncGenerator<Buffer, void> {
  if (start >= bytes) return
  try {
    // What is written behind the end since then is another file's business.
    yield* createReadStream(path, { start, end: bytes - 1 })
  } catch (cause) {
    throw new UnreadableFile(whyUnreadable(cause) ?? String(cause), { cause })
  }
}

function outcomeOf(answer: Answer): Outcome {
  if (!answer.ok) return refused(answer)
  const status = answer.headers.get('x-upload-status')
  if (status === 'stored' || status === 'duplicate') return { status }
  return { status: 'rejected', reason: 'it became shorter while it was sent' }
}

function refused(answer: Answer): Outcome {
  if (REFUSES_FILE.has(answer.status)) return { status: 'rejected', reason: answer.message }
  throw refusalOf(answer)
}
