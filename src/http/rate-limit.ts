import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { AppError } from '../lib/errors.ts'
import { hashKey } from './authenticate.ts'
import { clientAddress } from './client-address.ts'

/**
 * Limits requests by key, else by address; answers carry `RateLimit-*` headers, refusals `Retry-After` too.
 *
 * @param isKnownKey whether a key, by its hash, is known to exist: others count by address, as they are made up at no cost. On surfaces
 *   without keys there is none
 */
export const rateLimitPlugin = ({
  requestsPerMinute,
  isKnownKey = () => false,
}: {
  requestsPerMinute: number
  isKnownKey?: (hash: string) => boolean
}) =>
  fp(async (app) => {
    await app.register(rateLimit, {
      // As a hook of the surface it comes before who asks is looked up; the plugin's own would come after, and never see who is refused.
      global: false,
      max: requestsPerMinute,
      timeWindow: 60_000,
      enableDraftSpec: true,
      keyGenerator: ({ headers, ip }) => {
        const key = headers['x-api-key']
        const hash = typeof key === 'string' ? hashKey(key).toString('base64') : undefined
        return hash !== undefined && isKnownKey(hash) ? hash : clientAddress(ip)
      },
      errorResponseBuilder: (_request, { ttl }) =>
        new AppError({
          code: 'rate_limited',
          message: `Too many requests. Try again in ${Math.ceil(ttl / 1000)} s.`,
          retryAfterSeconds: Math.ceil(ttl / 1000),
        }),
    })
    const limit = app.rateLimit()
    app.addHook('onRequest', async function (request, reply) {
      // Routes with a limit of their own have it from the plugin.
      if (request.routeOptions.config.rateLimit === undefined)
        await limit.call(this, request, reply)
    })
  })
