import { randomBytes } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import { hashKey, type Identity } from '../http/authenticate.ts'
import { findKeyByHash } from '../orgs/index.ts'
import { keyCannotSignIn } from './errors.ts'
import { deleteOldSessions, deleteSession, findLiveSession, insertSession } from './queries.ts'

/** A working day; then one signs in again. */
export const SESSION_SECONDS = 12 * 3600
/** A console that nobody uses. An open page that watches progress counts as used. */
const IDLE_SECONDS = 2 * 3600

/**
 * Exchanges a key of the scope `manage` for a session. The secret is in the answer and nowhere else.
 *
 * @throws sign_in_refused
 */
export async function openSession(
  { db }: { db: Db },
  key: string,
): Promise<{ secret: string; identity: Identity }> {
  const identity = await findKeyByHash(db, hashKey(key.trim()))
  if (!identity) throw keyCannotSignIn('This key is unknown or was deleted.')
  if (!identity.active) throw keyCannotSignIn('This key is deactivated.')
  if (!identity.scopes.includes('manage'))
    throw keyCannotSignIn('This key may only read. Sign in with a key of the scope "manage".')
  const secret = randomBytes(32).toString('base64url')
  await deleteOldSessions(db, { maxSeconds: SESSION_SECONDS, idleSeconds: IDLE_SECONDS })
  await insertSession(db, { hash: hashKey(secret), keyId: identity.keyId })
  return { secret, identity: asSession(identity) }
}

/** Who is signed in with this secret. The key's row is asked each time: one that was deactivated or deleted ends its sessions. */
export async function findSession(
  { db }: { db: Db },
  secret: string,
): Promise<Identity | undefined> {
  const identity = await findLiveSession(db, {
    hash: hashKey(secret),
    maxSeconds: SESSION_SECONDS,
    idleSeconds: IDLE_SECONDS,
  })
  return identity && asSession(identity)
}

export const closeSession = ({ db }: { db: Db }, secret: string) =>
  deleteSession(db, hashKey(secret))

/** Who may manage may see: a session reads too, whatever its key says. */
const asSession = (identity: Identity): Identity => ({ ...identity, scopes: ['read', 'manage'] })
