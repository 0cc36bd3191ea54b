import type { FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses changes that a page of another site has a browser send along with our cookies. Browsers name the origin of every such
 * request; programs, which hold no cookies of others, name none.
 *
 * @param baseUrl how browsers reach this server
 * @throws request_forged
 */
export function assertSameOrigin(
  { method, headers, host }: Pick<FastifyRequest, 'method' | 'headers' | 'host'>,
  baseUrl: string,
): void {
  const { origin } = headers
  if (SAFE.has(method) || origin === undefined) return
  const from = URL.canParse(origin) ? new URL(origin).host : undefined
  if (from === undefined || (from !== host && from !== new URL(baseUrl).host))
    throw new AppError({
      code: 'request_forged',
      message: 'Changes must come from the gallery itself, not from a page of another site.',
    })
}
