import type { FastifyInstance } from 'fastify'
import type { WebPages } from '../http/web-pages.ts'

/** The console: one page, which asks the manage API with the session of who signed in. */
export const consolePageRoutes =
  ({ pages }: { pages: WebPages }) =>
  async (app: FastifyInstance) => {
    app.get('/console', { schema: { hide: true } }, async (request, reply) =>
      pages.send({ request, reply }, 'console'),
    )
  }
