import type { Destination, Outcome } from './destination.ts'
import type { MediaFile } from './find-files.ts'
import { multipartBody } from './multipart-body.ts'
import { type Answer, refusalOf, requestWithRetries } from './request-with-retries.ts'
import { sendByTus } from './send-by-tus.ts'
import { UnreadableFile } from './unreadable.ts'

export type Remote = { url: string; key: string; orgId: number; eventId: number }

type Options = {
  /** Told what goes wrong while it is tried again. */
  note: (line: string) => void
  /** Ends the waits between the tries. */
  signal: AbortSignal
}

const TIMEOUT_MS = 60_000
/** An upload slower than 16 KB/s is taken for dead. */
const SLOWEST_BYTES_PER_MS = 16

/** Statuses that speak about the one file that was sent. */
const REFUSES_FILE = new Set([413, 415, 422])

/**
 * Photos go to a server over HTTP, one a request, videos so that they can be resumed; both are streamed from the disk.
 *
 * @throws AppError with the server's own words when it refuses the key or the event; not_ready when it cannot be reached
 */
export async function openRemoteDestination(
  { url, key, orgId, eventId }: Remote,
  { note, signal }: Options,
): Promise<Destination> {
  const manage = `${url.replace(/\/+$/, '')}/api/v1/manage/${orgId}`
  const event = `${manage}/event/${eventId}`
  const headers = { 'x-api-key': key }
  const options = { note: withoutRepeats(note), signal }

  const findKnown = async (kind: MediaFile['kind'], hashes: readonly string[]) => {
    const makeRequest = () => ({
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ sha256: hashes }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const answer = await requestWithRetries(`${event}/${kind}s/known`, makeRequest, options)
    if (!answer.ok) throw refusalOf(answer)
    return new Set(knownHashes(answer))
  }
  await findKnown('photo', []) // a wrong key or event is told before any file is read

  return {
    findKnown,
    async send(file) {
      const timeoutMs = TIMEOUT_MS + Math.ceil(file.bytes / SLOWEST_BYTES_PER_MS)
      const makeRequest = () => {
        const { contentType, body } = multipartBody(file)
        return {
          method: 'POST',
          headers: { ...headers, 'content-type': contentType },
          body,
          duplex: 'half' as const,
          signal: AbortSignal.timeout(timeoutMs),
        }
      }
      try {
        if (file.kind === 'video') {
          const upload = { url: `${manage}/uploads`, headers, eventId, timeoutMs }
          return await sendByTus(upload, file, options)
        }
        return outcomeOf(await requestWithRetries(`${event}/photos`, makeRequest, options))
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error
        return { status: 'rejected', reason: error.message }
      }
    },
  }
}

/** Files sent at once meet the same trouble at once. */
function withoutRepeats(note: (line: string) => void) {
  let last: string | undefined
  return (line: string) => {
    if (line !== last) note(line)
    last = line
  }
}

function knownHashes({ data }: Answer): string[] {
  if (isRecord(data) && Array.isArray(data.known)) return data.known.map(String)
  throw new Error('The server does not answer as a trackside server does.')
}

function outcomeOf(answer: Answer): Outcome {
  if (REFUSES_FILE.has(answer.status)) return { status: 'rejected', reason: answer.message }
  if (!answer.ok) throw refusalOf(answer)
  const photos: unknown = isRecord(answer.data) ? answer.data.photos : undefined
  const photo: unknown = Array.isArray(photos) ? photos[0] : undefined
  if (isRecord(photo)) {
    const { status, error } = photo
    if (status === 'stored' || status === 'duplicate') return { status }
    if (status === 'rejected') return { status, reason: String(error) }
  }
  throw new Error('The server does not answer as a trackside server does.')
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
