import { setTimeout as sleep } from 'node:timers/promises'
import type { System } from './system.ts'

/** An answer in the envelope. */
export type Answer<T> = {
  status: number
  headers: Headers
  /** Header X-Error-Code. */
  code: string | null
  message: string
  data: T
}

type Pagination = {
  total: number
  currentPage: number
  totalPages: number
  hasNextPage: boolean
  hasPreviousPage: boolean
  page_size: number
}

export type Image = {
  image_id: string
  img_url: string
  thumbnail_url: string
  width: number
  height: number
  original_url: string | null
  captured_at: string | null
}
export type Images = { images: Image[]; pagination: Pagination }

export type ManagedPhoto = {
  image_id: string
  file_name: string
  captured_at: string | null
  status: 'pending' | 'done' | 'failed'
  error: string | null
  error_code: string | null
  note: string | null
  width: number | null
  height: number | null
  bibs: { bib: string; score: number; box: number[] }[]
  faces: { face_id: string; score: number; box: number[] }[]
}

export type Uploaded = {
  image_id: string | null
  file_name: string
  status: 'stored' | 'duplicate' | 'rejected'
  error: string | null
}

type Presigned = {
  presigned_urls: { url: string; filename: string }[]
  successful_count: number
  failed_count: number
}

type Progress = { photos: { total: number; done: number; failed: number }; idle: boolean }

type Files = readonly (readonly [name: string, bytes: Uint8Array])[]

type Request = {
  json?: unknown
  body?: string | FormData | Uint8Array
  type?: string
  /** null: none. */
  key?: string | null
}

export type Client = ReturnType<typeof createClient>

const IDLE_MS = 120_000

/** Speaks to one system with the key of its organisation 1. */
export function createClient({ url, key: ownKey }: Pick<System, 'url' | 'key'>) {
  /** @param path of the host, or with `ext:` or `manage:` before the part after the organisation */
  async function call<T>(
    method: string,
    path: string,
    { json, body, type, key = ownKey ?? null }: Request = {},
  ): Promise<Answer<T>> {
    const full = path.replace(/^(ext|manage):/, '/api/v1/$1/1')
    const contentType = json === undefined ? type : 'application/json'
    const response = await fetch(url + full, {
      method,
      headers: {
        ...(key && { 'X-API-Key': key }),
        ...(contentType && { 'Content-Type': contentType }),
      },
      body:
        json !== undefined
          ? JSON.stringify(json)
          : body instanceof Uint8Array
            ? Uint8Array.from(body)
            : (body ?? null),
      signal: AbortSignal.timeout(IDLE_MS),
    })
    const envelope = parseEnvelope<T>(await response.text(), `${method} ${full} ${response.status}`)
    const { status, headers } = response
    return { status, headers, code: headers.get('x-error-code'), ...envelope }
  }

  /** The data of a call that has to succeed. */
  async function ask<T>(method: string, path: string, request?: Request): Promise<T> {
    const { status, code, message, data } = await call<T>(method, path, request)
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${code}: ${message}`)
    return data
  }

  return {
    url,
    call,
    ask,
    get: <T>(path: string) => ask<T>('GET', path),

    async createEvent(settings: Record<string, unknown> = {}): Promise<number> {
      const json = { event_name: 'Test Run', ...settings }
      return (await ask<{ event_id: number }>('POST', 'manage:/events', { json })).event_id
    },

    async upload(eventId: number, files: Files) {
      const path = `manage:/event/${eventId}/photos`
      return (await ask<{ photos: Uploaded[] }>('POST', path, { body: formOf(files) })).photos
    },

    async listPhotos(eventId: number): Promise<ManagedPhoto[]> {
      const path = `manage:/event/${eventId}/photos?page_size=100`
      return (await ask<{ photos: ManagedPhoto[] }>('GET', path)).photos
    },

    async listImages(eventId: number): Promise<Image[]> {
      return (await ask<Images>('GET', `ext:/event/${eventId}/images?page_size=100`)).images
    },

    async searchSelfie(eventId: number, picture: Uint8Array) {
      return ask<Images & { request_id: string; confidence_percentage: number | null }>(
        'POST',
        `ext:/event/${eventId}/faces`,
        { body: formOf([['selfie.jpg', picture]]) },
      )
    },

    putWatermark: (
      eventId: number,
      { orientation = 'any', ...art }: { type: string; body: Uint8Array; orientation?: string },
    ) => call('PUT', `manage:/event/${eventId}/watermark?orientation=${orientation}`, art),

    /** URLs of originals that need no key. */
    presign: (eventId: number, wish: { method: string; identifier: unknown }) =>
      ask<Presigned>('POST', `ext:/event/${eventId}/original-photos?page_size=60`, { json: wish }),

    /** Waits until nothing of the event is to be done. */
    async waitIdle(eventId: number): Promise<Progress> {
      for (const end = Date.now() + IDLE_MS; ; await sleep(100)) {
        const progress = await ask<Progress>('GET', `manage:/event/${eventId}/progress`)
        if (progress.idle) return progress
        if (Date.now() > end)
          throw new Error(`event ${eventId} is not idle: ${JSON.stringify(progress)}`)
      }
    },
  }
}

/** Files as forms send them. */
export function formOf(files: Files): FormData {
  const form = new FormData()
  for (const [name, bytes] of files) form.append('file', new Blob([Uint8Array.from(bytes)]), name)
  return form
}

/** Every body has exactly three keys. */
function parseEnvelope<T>(text: string, what: string): { message: string; data: T } {
  let body: { responseType?: string; message?: string; data?: T }
  try {
    body = JSON.parse(text)
  } catch {
    throw new Error(`${what} is no JSON: ${text.slice(0, 300)}`)
  }
  const keys = Object.keys(body).sort().join()
  if (keys !== 'data,message,responseType')
    throw new Error(`${what} is no envelope: ${text.slice(0, 300)}`)
  return { message: body.message ?? '', data: body.data as T }
}
