import Uppy from '@uppy/core'
import Tus from '@uppy/tus'
import { ApiError, OWN_HEADER } from './api.ts'
import { kindOf, type Picked } from './dropped-files.ts'
import { manage } from './session.svelte.ts'
import { fingerprint, hasArrived, rememberArrived, rememberWaiting } from './upload-memory.ts'

/** How many files Uppy knows at a time: its state is copied at each step, so thousands wait outside. */
const WINDOW = 40
const AT_ONCE = 4
const RETRY_DELAYS = [0, 1000, 3000, 10_000, 30_000]

/** The uploads of one event; goes on while other pages of the console are open. */
export type Uploads = ReturnType<typeof openUploads>

const opened = new Map<number, Uploads>()

export function uploadsOf(eventId: number): Uploads {
  const known = opened.get(eventId)
  if (known) return known
  const made = openUploads(eventId)
  opened.set(eventId, made)
  return made
}

// Where the browser can, it asks before it throws away what is under way.
addEventListener('beforeunload', (event) => {
  if ([...opened.values()].some(({ state }) => state.isRunning)) event.preventDefault()
})

function openUploads(eventId: number) {
  const state = $state({
    total: 0,
    arrived: 0,
    skipped: 0,
    bytes: 0,
    bytesSent: 0,
    hasVideos: false,
    isPaused: false,
    isRunning: false,
    failed: [] as { name: string; why: string; file: File }[],
  })
  const waiting: File[] = []
  const known = new Set<string>()
  /** Bytes of files that are whole; those on their way are added from Uppy's progress. */
  let bytesDone = 0

  const uppy = new Uppy<{ event_id: string; filename: string; kind: string }>({
    autoProceed: true,
    // What goes wrong is told on the page.
    logger: { debug() {}, warn() {}, error() {} },
    allowMultipleUploadBatches: true,
  })
  uppy.use(Tus, {
    endpoint: `/api/v1${manage('/uploads')}`,
    headers: OWN_HEADER,
    limit: AT_ONCE,
    retryDelays: RETRY_DELAYS,
    allowedMetaFields: ['event_id', 'filename', 'kind'],
    removeFingerprintOnSuccess: true,
  })

  const settle = (id: string, size: number) => {
    bytesDone += size
    state.bytesSent = bytesDone
    // Not at once: while Uppy tells of the end it still holds the upload, and would have it deleted on the server.
    setTimeout(() => {
      uppy.removeFile(id)
      fill()
    })
  }
  uppy.on('upload-success', async (file) => {
    if (!file) return
    // Told once it is remembered: the tab may be closed then. Where nothing can be, it is sent again and the server knows it.
    await rememberArrived(fingerprint(eventId, file.data as File)).catch(() => {})
    state.arrived += 1
    settle(file.id, file.size ?? 0)
  })
  uppy.on('upload-error', (file, error) => {
    if (!file) return
    state.failed.push({ name: file.name ?? 'file', why: explain(error), file: file.data as File })
    settle(file.id, file.size ?? 0)
  })
  uppy.on('progress', () => {
    const onTheWay = uppy
      .getFiles()
      .reduce((sum, { progress }) => sum + (progress.bytesUploaded || 0), 0)
    state.bytesSent = Math.max(state.bytesSent, bytesDone + onTheWay)
  })

  /** Hands Uppy the next files. It begins with each at once, so none is handed on while all is paused. */
  function fill() {
    const room = state.isPaused ? 0 : WINDOW - uppy.getFiles().length
    for (const file of waiting.splice(0, Math.max(0, room)))
      uppy.addFile({
        // Two cards hold the same names: size and time tell them apart.
        id: fingerprint(eventId, file),
        name: file.name,
        type: file.type,
        data: file,
        meta: { event_id: String(eventId), filename: file.name, kind: kindOf(file) ?? 'photo' },
      } as Parameters<typeof uppy.addFile>[0])
    state.isRunning = uppy.getFiles().length > 0 && !state.isPaused
  }

  return {
    state,
    /** Adds photos and videos; those that arrived earlier, also before the tab was closed, are skipped. */
    async add({ file, handle }: Picked): Promise<void> {
      const key = fingerprint(eventId, file)
      if (known.has(key)) return
      known.add(key)
      if (await hasArrived(key)) {
        state.skipped += 1
        return
      }
      state.total += 1
      state.hasVideos ||= kindOf(file) === 'video'
      state.bytes += file.size
      if (handle) await rememberWaiting(key, handle)
      waiting.push(file)
      fill()
    },
    pause() {
      state.isPaused = true
      uppy.pauseAll()
      state.isRunning = false
    },
    resume() {
      state.isPaused = false
      uppy.resumeAll()
      fill()
    },
    retry() {
      for (const { file } of state.failed.splice(0)) {
        bytesDone -= file.size
        waiting.push(file)
      }
      fill()
    },
  }
}

/** The server's own words, where it answered. */
function explain(error: { message: string } & Partial<{ originalResponse: unknown }>): string {
  const response = error.originalResponse as { getBody?: () => string } | null | undefined
  try {
    const { message } = JSON.parse(response?.getBody?.() ?? '{}')
    if (typeof message === 'string') return message
  } catch {
    // Not the API's answer: a proxy's, or none at all.
  }
  return error instanceof ApiError ? error.message : 'The connection broke off; try again.'
}
