import { AsyncLocalStorage } from 'node:async_hooks'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, stat, statfs, truncate } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { FileStore } from '@tus/file-store'
import { Server, type Upload } from '@tus/server'
import type { FastifyReply } from 'fastify'
import { eventNotFound, eventOfAnother, findEvent } from '../events/index.ts'
import { AppError, isPermanent } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { createTurns } from '../lib/one-at-a-time.ts'
import { findOutage, storageFull } from '../storage/find-outage.ts'
import { type StorePhotoDeps, storePhoto } from './store-photo.ts'

/** Takes a video in as `storePhoto` does a photo. @throws what refuses it */
export type StoreVideo = (video: {
  eventId: number
  fileName: string
  recordedAt?: string | undefined
  body: Readable
}) => Promise<{ status: 'stored' | 'duplicate'; videoId: string }>

export type UploadDeps = StorePhotoDeps & {
  uploadsDir: string
  maxVideoBytes: number
  storeVideo: StoreVideo
  /** @throws video_unavailable */
  assertVideos: () => Promise<void>
}

const KEEP_UNFINISHED_MS = 7 * 24 * 3600 * 1000
const CLEAN_EVERY_MS = 3600 * 1000
const DRAIN_MS = 5000

/** Resumable uploads by the protocol tus 1.0.0 (tus.io) with the extensions creation and termination. */
export const uploadRoutes =
  (deps: UploadDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    // For nobody else on the machine; one that was made with other rights too.
    await mkdir(deps.uploadsDir, { recursive: true, mode: 0o700 })
    await chmod(deps.uploadsDir, 0o700)
    const datastore = new FileStore({
      directory: deps.uploadsDir,
      expirationPeriodInMilliseconds: KEEP_UNFINISHED_MS,
    })
    /** The answer to the request at hand, for headers that the tus server knows nothing of. */
    const answer = new AsyncLocalStorage<FastifyReply>()
    const inTurn = createTurns()
    const finish = async (upload: Upload) => {
      const target = await findTarget(deps, upload, orgOf(answer.getStore()))
      const { eventId, fileName } = target
      const path = upload.storage?.path
      if (path === undefined) throw new Error(`upload ${upload.id} has no file`)
      if ((await stat(path)).size !== upload.size)
        throw new Error(`upload ${upload.id} is not whole any more`)
      const body = createReadStream(path)
      if (target.kind === 'video') {
        const { recordedAt } = target
        const video = await deps
          .storeVideo({ eventId, fileName, recordedAt, body })
          .catch(async (error: unknown) => {
            if (isPermanent(error)) await datastore.remove(upload.id)
            throw error
          })
        await datastore.remove(upload.id)
        return { headers: { 'X-Video-Id': video.videoId, 'X-Upload-Status': video.status } }
      }
      const stored = await storePhoto(deps, { eventId, fileName, body })
      await datastore.remove(upload.id)
      if (stored.status === 'rejected') throw stored.error
      return { headers: { 'X-Image-Id': stored.photoId, 'X-Upload-Status': stored.status } }
    }
    const tus = new Server({
      path: '/uploads',
      datastore,
      relativeLocation: true,
      lockDrainTimeout: DRAIN_MS,
      // The declared length is checked against the limit of its kind once the metadata is known.
      maxSize: () => Math.max(deps.maxPhotoBytes, deps.maxVideoBytes),
      // An upload begins with its organisation: the path's, which the key was checked for.
      namingFunction: () => `${orgOf(answer.getStore())}-${newId()}`,
      generateUrl: (_request, { id }) => `/api/v1/manage/${orgOf(answer.getStore())}/uploads/${id}`,
      getFileIdFromRequest: (_request, last) =>
        last && /^\d+-[0-9a-f-]{36}$/.test(last) ? last : undefined,
      onIncomingRequest: async (request, id) => {
        if (id && !id.startsWith(`${orgOf(answer.getStore())}-`))
          throw new AppError({ code: 'upload_not_found', message: 'There is no such upload.' })
        // A server that died between the last byte and the photo.
        if (request.method === 'HEAD') await inTurn(id, () => reopen(datastore, id))
      },
      onUploadCreate: async (_request, upload) => {
        const { kind } = await findTarget(deps, upload, orgOf(answer.getStore()))
        if (kind === 'video') await deps.assertVideos()
        const maxBytes = kind === 'video' ? deps.maxVideoBytes : deps.maxPhotoBytes
        if ((upload.size ?? 0) > maxBytes)
          throw new AppError({
            code: 'upload_too_large',
            message: `The file is larger than the limit of ${Math.floor(maxBytes / 2 ** 20)} MB.`,
          })
        return {}
      },
      onUploadFinish: (_request, upload) =>
        inTurn(upload.id, () =>
          finish(upload).catch(async (error: unknown) => {
            await reopen(datastore, upload.id)
            throw error
          }),
        ),
      onResponseError: async (_request, error) => {
        const reply = answer.getStore()
        const known = error instanceof AppError ? error : await findCause(deps.uploadsDir, error)
        if (known) {
          if (known.status >= 500) reply?.log.error({ err: error }, 'upload failed')
          reply?.raw.setHeader('X-Error-Code', known.code)
          if (known.retryAfterSeconds !== undefined)
            reply?.raw.setHeader('Retry-After', String(known.retryAfterSeconds))
          return { status_code: known.status, body: envelope(known.message) }
        }
        if (!(error instanceof Error)) {
          reply?.raw.setHeader('X-Error-Code', codeOf(error.status_code))
          return { status_code: error.status_code, body: envelope(error.body.trim()) }
        }
        reply?.log.error({ err: error }, 'upload failed')
        reply?.raw.setHeader('X-Error-Code', 'internal_error')
        return { status_code: 500, body: envelope('The upload failed; it can be resumed.') }
      },
    })

    const cleaning = setInterval(() => {
      tus
        .cleanUpExpiredUploads()
        .catch((err: unknown) => app.log.error({ err }, 'cleaning uploads'))
    }, CLEAN_EVERY_MS)
    cleaning.unref()
    app.addHook('onClose', async () => clearInterval(cleaning))

    // The body goes to the tus server as it comes.
    app.addContentTypeParser('application/offset+octet-stream', (_request, _payload, done) =>
      done(null),
    )
    for (const url of ['/:org_id/uploads', '/:org_id/uploads/:upload_id'])
      app.route({
        url,
        method: ['POST', 'PATCH', 'HEAD', 'DELETE', 'OPTIONS'],
        schema: { hide: true },
        handler: async (request, reply) => {
          reply.hijack()
          reply.raw.setHeader('X-Request-Id', request.id)
          await answer.run(reply, () => tus.handle(request.raw, reply.raw))
        },
      })
  }

/**
 * Takes the last byte off an upload that came in whole and became no photo: clients take one that is whole for done, and send what is
 * missing otherwise.
 */
async function reopen(datastore: FileStore, id: string): Promise<void> {
  const upload = await datastore.getUpload(id).catch(() => undefined) // gone: done, or refused for good
  const path = upload?.storage?.path
  if (upload?.size && path !== undefined && upload.offset === upload.size)
    await truncate(path, upload.size - 1)
}

function orgOf(reply: FastifyReply | undefined): number {
  const orgId = reply?.request.identity?.orgId
  if (orgId === undefined) throw new Error('an upload without a key')
  return orgId
}

/** @throws event_not_found, wrong_organisation, validation_failed */
async function findTarget({ db }: UploadDeps, { metadata }: Upload, orgId: number) {
  const eventId = Number(metadata?.event_id)
  if (!Number.isInteger(eventId) || eventId < 1 || eventId > 2 ** 31 - 1)
    throw new AppError({
      code: 'validation_failed',
      message: 'metadata.event_id: must be the number of an event',
    })
  const kind = metadata?.kind ?? 'photo'
  if (kind !== 'photo' && kind !== 'video')
    throw new AppError({
      code: 'validation_failed',
      message: 'metadata.kind: must be photo or video',
    })
  const event = await findEvent(db, eventId)
  if (!event) throw eventNotFound(eventId)
  if (event.orgId !== orgId) throw eventOfAnother()
  return {
    kind,
    eventId,
    fileName: metadata?.filename ?? kind,
    recordedAt: metadata?.recorded_at ?? undefined,
  }
}

/** Less than this free on the disk of the uploads: it is full, whatever the tus server says of it. */
const FULL_BYTES = 64 * 1024

/** The machine's part in a failure. The tus server keeps for itself why it could not write. */
async function findCause(
  uploadsDir: string,
  error: Error | { status_code: number },
): Promise<AppError | undefined> {
  if (error instanceof Error) return findOutage(error)
  if (error.status_code < 500) return undefined
  const { bavail, bsize } = await statfs(uploadsDir)
  return bavail * bsize < FULL_BYTES ? storageFull() : undefined
}

const envelope = (message: string) => JSON.stringify({ responseType: 'error', message, data: null })

const codeOf = (status: number) =>
  status === 413
    ? 'upload_too_large'
    : status === 404 || status === 410
      ? 'upload_not_found'
      : 'invalid_body'
