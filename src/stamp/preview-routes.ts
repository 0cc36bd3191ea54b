import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { sendObject } from '../http/send-object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { previewNotFound } from './errors.ts'
import { previewKey } from './preview-keys.ts'
import { findStamp } from './queries.ts'

const Preview = Type.Object({
  event_id: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
  size: Type.Enum(['large', 'small']),
  file: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.jpg$' }),
})

/** A version never changes, but its photo may be deleted: so that it goes from caches too, they ask again, and get a 304 while it is there. */
const FOR_A_WHILE = 'public, max-age=86400, s-maxage=3600'
const ASK_AGAIN = 'no-cache'

/** The watermarked previews. They need no key: they are what everybody may see. */
export const previewRoutes =
  ({ db, store }: { db: Db; store: ObjectStore }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/imgs/:event_id/:size/:file',
      {
        schema: {
          operationId: 'getPreview',
          summary: 'A watermarked preview (JPEG)',
          description:
            'With `v` (as in the URLs of answers) it never changes: browsers keep it for a day, shared caches for an hour, so that what is deleted goes from them too. Without, they have to ask again. Ranges and conditional requests are answered.',
          tags: ['pictures'],
          security: [],
          params: Preview,
          querystring: Type.Object({ v: Type.Optional(Type.String({ maxLength: 64 })) }),
        },
      },
      async (request, reply) => {
        const { event_id: eventId, size, file } = request.params
        const { v: version } = request.query
        const photo = { eventId, photoId: file.slice(0, -'.jpg'.length) }
        const answer = { request, reply, store }
        const jpeg = { contentType: 'image/jpeg' }

        // A version names its bytes: no database is asked.
        if (version && /^[0-9a-f]{16}$/.test(version)) {
          const key = previewKey(photo, version, size)
          if (await sendObject(answer, key, { ...jpeg, cacheControl: FOR_A_WHILE })) return reply
        }
        const stamp = await findStamp(db, photo)
        if (!stamp?.stampRecipe) throw previewNotFound()
        const key = previewKey(photo, stamp.stampRecipe, size)
        if (!(await sendObject(answer, key, { ...jpeg, cacheControl: ASK_AGAIN })))
          throw previewNotFound()
        return reply
      },
    )
  }
