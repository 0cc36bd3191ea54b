import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { cookieOf } from '../http/cookies.ts'
import { accessOf } from './access.ts'
import { galleryClosed, galleryLocked, galleryNotFound } from './errors.ts'
import { findGallery } from './queries.ts'

declare module 'fastify' {
  interface FastifyRequest {
    gallery: Event | undefined
  }
}

/** Loads the gallery of the path, once a request: drafts are not there, archived events and those switched off are closed. */
export const requireGallery =
  ({ db }: { db: Db }): preHandlerAsyncHookHandler =>
  async (request) => {
    const { slug } = request.params as { slug: string }
    const event = await findGallery(db, slug)
    if (!event || event.status === 'draft') throw galleryNotFound(slug)
    if (event.status === 'archived' || !event.eventEnabled) throw galleryClosed(event.name)
    request.gallery = event
  }

/** Lets in who may see the photos of the gallery that `requireGallery` loaded. */
export const requireAccess =
  ({ signingSecret }: { signingSecret: string }): preHandlerAsyncHookHandler =>
  async (request) => {
    const access = findAccess(request, signingSecret)
    if (access !== 'open') throw galleryLocked(access)
  }

/** What the browser of this request must still bring. */
export function findAccess(request: FastifyRequest, signingSecret: string) {
  const event = galleryOf(request)
  return accessOf(event, cookieOf(request, passCookieName(event)), signingSecret)
}

/** One cookie for each gallery: a browser may have opened several. */
export const passCookieName = ({ id }: Pick<Event, 'id'>) => `trackside_gallery_${id}`

/** Half a year: longer than anybody looks for photos of a race. */
const PASS_SECONDS = 180 * 24 * 3600

/** Sent to the pages too: what they may show at once depends on it. */
export const passCookie = (event: Pick<Event, 'id'>, pass: string, isSecure: boolean) =>
  `${passCookieName(event)}=${pass}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${PASS_SECONDS}${isSecure ? '; Secure' : ''}`

/** The event that `requireGallery` loaded. */
export function galleryOf(request: FastifyRequest): Event {
  if (!request.gallery) throw new Error(`${request.routeOptions.url} has no gallery in its path`)
  return request.gallery
}
