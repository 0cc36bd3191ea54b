import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { rateLimitPlugin } from '../http/rate-limit.ts'
import { assertSameOrigin } from '../http/same-origin.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type ClipRouteDeps, galleryClipRoutes } from './clip-routes.ts'
import { galleryDownloadRoutes } from './download-routes.ts'
import { type EventRouteDeps, galleryEventRoutes } from './event-routes.ts'
import { galleryPhotoRoutes } from './photo-routes.ts'
import { requireAccess, requireGallery } from './require-gallery.ts'
import { galleryResultRoutes } from './result-routes.ts'
import type { SelfieDeps } from './take-selfies.ts'

/**
 * From one address, per minute. A finish area is one address to us: a grid that is scrolled fast asks five times a second, and
 * some do at the same time.
 */
const REQUESTS_PER_MINUTE = 3000

export type GalleryDeps = EventRouteDeps &
  SelfieDeps &
  ClipRouteDeps & { store: ObjectStore; maxSelfieBytes: number }

/** The public surface: no key, limited by address; everything but the front doors is behind the gallery's lock. */
export const galleryRoutes =
  (deps: GalleryDeps, more: readonly FastifyPluginAsyncTypebox[] = []): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.decorateRequest('gallery', undefined)
    await app.register(rateLimitPlugin({ requestsPerMinute: REQUESTS_PER_MINUTE }))
    // What a browser may see depends on its cookie, so caches in between keep nothing.
    app.addHook('onSend', async (_request, reply) => {
      if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'private, no-store')
    })
    app.addHook('onRequest', async (request) => assertSameOrigin(request, deps.baseUrl(request)))
    await app.register(galleryEventRoutes(deps))
    await app.register(async (locked) => {
      locked.addHook('preHandler', requireGallery(deps))
      locked.addHook('preHandler', requireAccess(deps))
      await locked.register(galleryPhotoRoutes(deps))
      await locked.register(galleryResultRoutes(deps))
      await locked.register(galleryDownloadRoutes(deps))
      await locked.register(galleryClipRoutes(deps))
      for (const routes of more) await locked.register(routes)
    })
  }
