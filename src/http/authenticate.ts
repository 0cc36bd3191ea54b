import { createHash } from 'node:crypto'
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { assertOwnRequest, sessionSecretOf } from './session-cookie.ts'

/** What a key is allowed to do. */
export type Identity = {
  keyId: string
  /** What its maker called it: names who did something. */
  keyName: string
  orgId: number
  scopes: readonly string[]
  active: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | undefined
  }
}

/** Keys are stored and looked up by their hash: 192 random bits need no salt, and a lookup by hash leaks no timing. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** Who does something, in words for people. */
export const actorOf = ({ identity }: FastifyRequest): string => identity?.keyName ?? 'nobody'

export type FindIdentity = {
  /** By the key's hash, in base64. */
  findKey: (hash: string) => Promise<Identity | undefined>
  /** Who is signed in to the console with this secret. */
  findSession: (secret: string) => Promise<Identity | undefined>
}

/**
 * Lets a request in when its `X-API-Key` is known, active, has the scope and belongs to the organisation in the path; without
 * a key, the console's session stands for the key that opened it. Runs before the body is read.
 */
export const authenticate =
  (find: FindIdentity, scope: 'read' | 'manage'): onRequestAsyncHookHandler =>
  async (request) => {
    const identity = await identify(find, request)
    if (!identity.active) throw refuse('api_key_inactive', 'This API key is deactivated.')
    if (orgIdOf(request) !== identity.orgId)
      throw refuse('wrong_organisation', 'This API key belongs to another organisation.')
    if (!identity.scopes.includes(scope))
      throw refuse('scope_missing', `This call needs a key with the scope "${scope}".`)
    request.identity = identity
  }

async function identify(
  { findKey, findSession }: FindIdentity,
  request: FastifyRequest,
): Promise<Identity> {
  const key = request.headers['x-api-key']
  if (typeof key === 'string' && key !== '') {
    const identity = await findKey(hashKey(key).toString('base64'))
    if (!identity) throw refuse('api_key_invalid', 'This API key is unknown or was deleted.')
    return identity
  }
  const secret = sessionSecretOf(request)
  if (!secret) throw refuse('api_key_missing', 'Send your key in the header X-API-Key.')
  assertOwnRequest(request)
  const identity = await findSession(secret)
  if (!identity) throw refuse('session_ended', 'Your session has ended: sign in again.')
  return identity
}

const refuse = (
  code:
    | 'api_key_missing'
    | 'api_key_invalid'
    | 'api_key_inactive'
    | 'wrong_organisation'
    | 'scope_missing'
    | 'session_ended',
  message: string,
) => new AppError({ code, message })

/**
 * The organisation of the path, written as a plain number: validation would also take 2.0 or 0x2 for 2, and what is compared
 * here must be what is used later.
 *
 * @throws validation_failed
 */
function orgIdOf(request: FastifyRequest): number {
  const { org_id } = request.params as { org_id?: string }
  if (org_id === undefined || !/^[1-9]\d{0,8}$/.test(org_id))
    throw new AppError({
      code: 'validation_failed',
      message: 'params.org_id: must be a whole number',
    })
  return Number(org_id)
}
