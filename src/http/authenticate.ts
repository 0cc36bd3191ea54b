import { createHash } from 'node:crypto'
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { AppError } from '../lib/errors.ts'

/** What a key is allowed to do. */
export type Identity = { keyId: string; orgId: number; scopes: readonly string[]; active: boolean }

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | undefined
  }
}

/** Keys are stored and looked up by their hash: 192 random bits need no salt, and a lookup by hash leaks no timing. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/**
 * Lets a request in when its `X-API-Key` is known, active, has the scope and belongs to the organisation in the path.
 * Runs before the body is read.
 */
export const authenticate =
  (
    { findKey }: { findKey: (hash: Buffer) => Promise<Identity | undefined> },
    scope: 'read' | 'manage',
  ): onRequestAsyncHookHandler =>
  async (request) => {
    const key = request.headers['x-api-key']
    if (typeof key !== 'string' || key === '')
      throw refuse('api_key_missing', 'Send your key in the header X-API-Key.')
    const identity = await findKey(hashKey(key))
    if (!identity) throw refuse('api_key_invalid', 'This API key is unknown or was deleted.')
    if (!identity.active) throw refuse('api_key_inactive', 'This API key is deactivated.')
    const orgId = orgIdOf(request)
    if (orgId !== undefined && orgId !== identity.orgId)
      throw refuse('wrong_organisation', 'This API key belongs to another organisation.')
    if (!identity.scopes.includes(scope))
      throw refuse('scope_missing', `This call needs a key with the scope "${scope}".`)
    request.identity = identity
  }

const refuse = (
  code:
    | 'api_key_missing'
    | 'api_key_invalid'
    | 'api_key_inactive'
    | 'wrong_organisation'
    | 'scope_missing',
  message: string,
) => new AppError({ code, message })

/** The organisation of the path; undefined when it is no number, which validation then refuses. */
function orgIdOf(request: FastifyRequest): number | undefined {
  const { org_id } = request.params as { org_id?: string }
  return org_id !== undefined && /^\d{1,9}$/.test(org_id) ? Number(org_id) : undefined
}
