import type { FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { cookieOf } from './cookies.ts'

/** The console's cookie: sent to the API alone, never readable by scripts, never sent from another site. */
const NAME = 'trackside_session'
const PATH = '/api/v1'

export const sessionCookie = (
  secret: string,
  { isSecure, maxAgeSeconds }: { isSecure: boolean; maxAgeSeconds: number },
) =>
  `${NAME}=${secret}; Path=${PATH}; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? '; Secure' : ''}`

/** The secret of the session that a request carries. */
export const sessionSecretOf = (request: FastifyRequest): string | undefined =>
  cookieOf(request, NAME)

/** What a page of another site cannot send without this server's leave (CORS), which it never gives. */
const HEADER = 'x-trackside-console'
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses requests that another site may have had a signed-in browser send: whatever changes something must carry the header
 * and, where the browser names an origin, come from this server's own. SameSite=Strict stands before this.
 *
 * @throws request_forged
 */
export function assertOwnRequest({ method, headers, host }: FastifyRequest): void {
  if (SAFE.has(method)) return
  const { origin } = headers
  const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
  if (headers[HEADER] === undefined || !isOwn)
    throw new AppError({
      code: 'request_forged',
      message: 'With a session, changes must come from the console itself.',
    })
}
