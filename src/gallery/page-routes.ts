import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Db } from '../db/connect.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { cookieOf } from '../http/cookies.ts'
import type { WebPages } from '../http/web-pages.ts'
import { accessOf } from './access.ts'
import { findFirstAnswers } from './first-answers.ts'
import { dataBlock, linkCard, preloads } from './page-head.ts'
import { findGallery } from './queries.ts'
import { passCookieName } from './require-gallery.ts'
import { type HasVideos, listGalleries } from './show-gallery.ts'

type Deps = {
  db: Db
  pages: WebPages
  signingSecret: string
  hasVideos: HasVideos
  baseUrl: BaseUrl
}

/**
 * The participants' pages: one shell, with the answers to what it would ask first. It asks the gallery's surface for all else, also
 * for what to say where there is no such event.
 */
export const galleryPageRoutes = (deps: Deps) => async (app: FastifyInstance) => {
  const { pages } = deps
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    const head = dataBlock({ '/events': { events: await listGalleries(deps) } })
    return pages.send({ request, reply }, 'gallery', { head })
  })
  app.get<{ Params: { slug: string } }>(
    '/e/:slug',
    { schema: { hide: true } },
    async (request, reply) =>
      pages.send({ request, reply }, 'gallery', await headOf(deps, request, true)),
  )
  for (const path of ['/e/:slug/r/:token', '/e/:slug/h/:hiding_id'])
    app.get<{ Params: { slug: string } }>(
      path,
      { schema: { hide: true } },
      async (request, reply) =>
        pages.send({ request, reply }, 'gallery', await headOf(deps, request, false)),
    )
}

async function headOf(
  deps: Deps,
  request: FastifyRequest<{ Params: { slug: string } }>,
  hasPhotos: boolean,
): Promise<{ head?: string; status?: number }> {
  const event = await findGallery(deps.db, request.params.slug)
  if (!event || event.status === 'draft') return { status: 404 }
  if (event.status === 'archived' || !event.eventEnabled) return { status: 410 }
  const access = accessOf(event, cookieOf(request, passCookieName(event)), deps.signingSecret)
  const { answers, photos } = await findFirstAnswers(deps, { event, access })
  const isSearch = request.url.includes('?q=')
  const url = `${deps.baseUrl(request)}/e/${encodeURIComponent(event.slug)}`
  const [photo] = photos
  return {
    head: [
      linkCard(event, { url, ...(photo && { photo }) }),
      hasPhotos && !isSearch ? preloads(photos) : '',
      dataBlock(answers),
    ].join(''),
  }
}
