import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** What is no page runs nothing and is shown in no frame. Pages bring their own policy. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** A picture or clip that is opened by itself: the browser builds a page around it, which may show it and nothing else. */
const MEDIA =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

/** Browsers may use the camera for our own pages, for selfies, and nothing else. */
const PERMISSIONS =
  'camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()'

/** Pictures, clips and originals are shown by the pages of integrators too. */
const SHARED = /^\/(imgs|clips|objects)\//
const A_YEAR_SECONDS = 31_536_000

/**
 * Says to browsers what answers must not do. Set on the raw answer, so that those that never pass through Fastify have it too; a
 * route that says otherwise outranks it.
 *
 * @param isHttps browsers are told to come by https alone, for a year
 */
export const securityHeadersPlugin = ({ isHttps }: { isHttps: boolean }) =>
  fp(async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, { raw }) => {
      raw.setHeader('X-Content-Type-Options', 'nosniff')
      raw.setHeader('X-Frame-Options', 'DENY')
      raw.setHeader('Referrer-Policy', 'same-origin')
      raw.setHeader('Permissions-Policy', PERMISSIONS)
      raw.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      const isShared = SHARED.test(request.url)
      raw.setHeader('Content-Security-Policy', isShared ? MEDIA : NO_PAGE)
      if (!isShared) raw.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
      if (request.url.startsWith('/api/')) raw.setHeader('Cache-Control', 'private, no-store')
      if (isHttps) raw.setHeader('Strict-Transport-Security', `max-age=${A_YEAR_SECONDS}`)
    })
  })
