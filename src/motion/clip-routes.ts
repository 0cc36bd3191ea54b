import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { sendObject } from '../http/send-object.ts'
import { AppError } from '../lib/errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { verifyUrl } from '../storage/signed-url.ts'
import { findClip } from './clip-queries.ts'
import { CLIPS_PATH } from './clip-url.ts'
import { type ClipFile, clipKey } from './cut-clip.ts'
import { clipNotFound } from './errors.ts'

const File = Type.Object({
  event_id: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
  file: Type.String({
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.(mp4|jpg|preview\\.mp4)$',
  }),
})

/** Serves clips, posters and previews by signed URLs, as long as the clip's row lives: deleted videos and hidden people end them at once. */
export const clipRoutes =
  ({
    db,
    store,
    signingSecret: secret,
  }: {
    db: Db
    store: ObjectStore
    signingSecret: string
  }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      `${CLIPS_PATH}/:event_id/:file`,
      { schema: { hide: true, params: File } },
      async (request, reply) => {
        const path = request.url.split('?')[0] ?? ''
        const query = request.query as Record<string, unknown>
        const verdict = verifyUrl({ path, query, now: new Date(), secret })
        if (verdict === 'invalid')
          throw new AppError({
            code: 'url_signature_invalid',
            message: 'This URL was changed. Ask for a new one.',
          })
        if (verdict === 'expired')
          throw new AppError({
            code: 'url_expired',
            message: 'This URL has expired. Ask for a new one.',
          })
        const { event_id: eventId, file } = request.params
        const [clipId = ''] = file.split('.')
        const extension = file.slice(clipId.length + 1) as ClipFile
        const clip = await findClip(db, { eventId, clipId })
        if (!clip) throw clipNotFound()
        const isVideo = extension !== 'jpg'
        const sent = await sendObject({ request, reply, store }, clipKey(clip, extension), {
          contentType: isVideo ? 'video/mp4' : 'image/jpeg',
          cacheControl: 'private, max-age=60',
          contentDisposition: `inline; filename="clip-${clipId.slice(-12)}.${extension}"`,
        })
        if (!sent) throw clipNotFound()
        return reply
      },
    )
  }
