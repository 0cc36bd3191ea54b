import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { publicFailures, Success, success } from '../http/envelope.ts'
import { findAccess, galleryOf, requireGallery } from './require-gallery.ts'
import { Gallery, GalleryListItem, GalleryParams } from './schema.ts'
import { listGalleries, showGallery } from './show-gallery.ts'

export type EventRouteDeps = {
  db: Db
  signingSecret: string
  /** False where videos cannot be watched: the server has no ffmpeg. */
  hasVideos: () => Promise<boolean>
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
  }
