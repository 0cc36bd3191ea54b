import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { create as contentDisposition } from 'content-disposition'
import { sendObject } from '../http/send-object.ts'
import { contentTypeOf } from '../storage/content-type-of.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { verifyUrl } from '../storage/signed-url.ts'
import { objectNotFound, urlExpired, urlInvalid } from './errors.ts'

export const OBJECTS_PATH = '/objects'

/** Serves what the disk store presigned. The signature is checked before anything else: a changed URL learns nothing. */
export const objectRoutes =
  ({
    store,
    signingSecret,
  }: {
    store: ObjectStore
    signingSecret: string
  }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(`${OBJECTS_PATH}/*`, { schema: { hide: true } }, async (request, reply) => {
      const path = request.url.split('?')[0] ?? ''
      const query = request.query as Record<string, unknown>
      const verdict = verifyUrl({ path, query, now: new Date(), secret: signingSecret })
      if (verdict === 'invalid') throw urlInvalid()
      if (verdict === 'expired') throw urlExpired()
      const fileName = String(query.filename)
      const sent = await sendObject(
        { request, reply, store },
        path.slice(OBJECTS_PATH.length + 1),
        {
          contentType: contentTypeOf(fileName),
          cacheControl: 'private, max-age=300',
          contentDisposition: contentDisposition(fileName),
        },
      )
      if (!sent) throw objectNotFound()
      return reply
    })
  }
