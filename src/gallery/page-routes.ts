import type { FastifyInstance } from 'fastify'
import type { WebPages } from '../http/web-pages.ts'

/** The participants' pages: one shell, which asks the gallery's surface for what its address names. */
export const galleryPageRoutes =
  ({ pages }: { pages: WebPages }) =>
  async (app: FastifyInstance) => {
    for (const path of ['/', '/e/:slug', '/e/:slug/r/:token'])
      app.get(path, { schema: { hide: true } }, async (request, reply) =>
        pages.send({ request, reply }, 'gallery'),
      )
  }
