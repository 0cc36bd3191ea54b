import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { createAttempts } from '../http/attempts.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { publicFailures, Success, success } from '../http/envelope.ts'
import { findAccess, galleryOf, passCookie, requireGallery } from './require-gallery.ts'
import { Gallery, GalleryListItem, GalleryParams, Unlock } from './schema.ts'
import { type HasVideos, listGalleries, showGallery } from './show-gallery.ts'
import { MAX_FAILURES, unlockGallery, WINDOW_SECONDS } from './unlock-gallery.ts'

export type EventRouteDeps = {
  db: Db
  baseUrl: BaseUrl
  signingSecret: string
  hasVideos: HasVideos
}

/** What everybody may ask: which galleries there are, and what one needs before it opens. */
export const galleryEventRoutes =
  (deps: EventRouteDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/events',
      {
        schema: {
          operationId: 'listGalleries',
          summary: 'The public events, newest first',
          tags: ['gallery'],
          security: [],
          response: {
            200: Success(Type.Object({ events: Type.Array(GalleryListItem) })),
            ...publicFailures(),
          },
        },
      },
      async () => success('Public events', { events: await listGalleries(deps) }),
    )

    app.get(
      '/:slug',
      {
        preHandler: requireGallery(deps),
        schema: {
          operationId: 'getGallery',
          summary: 'A gallery, and what this browser still needs to see its photos',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          response: {
            200: Success(Gallery),
            ...publicFailures('gallery_not_found', 'gallery_closed'),
          },
        },
      },
      async (request) => {
        const event = galleryOf(request)
        const access = findAccess(request, deps.signingSecret)
        return success('Gallery', await showGallery(deps, { event, access }))
      },
    )

    const attempts = createAttempts({ max: MAX_FAILURES, windowSeconds: WINDOW_SECONDS })
    app.post(
      '/:slug/unlock',
      {
        preHandler: requireGallery(deps),
        schema: {
          operationId: 'unlockGallery',
          summary: 'Open a gallery with its password, or with the secret of its link',
          description: `Sets a cookie that is HTTP-only and ends when the password or the link changes. ${MAX_FAILURES} failures a minute and address; what succeeds does not count.`,
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          body: Unlock,
          response: {
            200: Success(Gallery),
            ...publicFailures(
              'gallery_not_found',
              'gallery_closed',
              'gallery_password_wrong',
              'gallery_link_wrong',
              'request_forged',
            ),
          },
        },
      },
      async (request, reply) => {
        const event = galleryOf(request)
        const { password, key } = request.body
        const visitor = { event, address: request.ip, password, key }
        const pass = await unlockGallery({ ...deps, attempts }, visitor)
        const isSecure = deps.baseUrl(request).startsWith('https:')
        if (event.visibility !== 'public')
          reply.header('Set-Cookie', passCookie(event, pass, isSecure))
        return success('The gallery is open', await showGallery(deps, { event, access: 'open' }))
      },
    )
  }
