import { createHmac } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { type Attempts, tooManyAttempts } from '../http/attempts.ts'
import { isPassword } from '../lib/passwords.ts'
import { isSame, passOf } from './access.ts'
import { linkWrong, passwordWrong } from './errors.ts'
import { findFailures, insertFailure } from './failure-queries.ts'
import { findResult } from './result-queries.ts'
import { hashToken } from './result-tokens.ts'

/** Failures of one address within a window, over all servers of the installation. */
export const MAX_FAILURES = 10
export const WINDOW_SECONDS = 60

export type UnlockDeps = {
  db: Db
  signingSecret: string
  /** Of this process: counts those under way too, so that many at once get no further than one after the other. */
  attempts: Attempts
}

/** What a visitor brings: a password, or the secret of a link. */
export type Key = { password?: string | undefined; key?: string | undefined }

/**
 * Exchanges what a visitor brings for the pass that opens the gallery from then on. What fails is counted in the database, for all servers;
 * what succeeds writes nothing.
 *
 * @param address of whom: guesses are limited by it
 * @throws gallery_password_wrong, gallery_link_wrong, rate_limited
 */
export async function unlockGallery(
  { db, signingSecret, attempts }: UnlockDeps,
  { event, address, ...given }: { event: Event; address: string } & Key,
): Promise<string> {
  attempts.take(address)
  const addressHash = createHmac('sha256', signingSecret).update(`unlock ${address}`).digest()
  const before = await findFailures(db, addressHash)
  if (before && before.failures >= MAX_FAILURES) throw tooManyAttempts(before.secondsLeft)
  const fail = async (error: Error) => {
    await insertFailure(db, { addressHash, windowSeconds: WINDOW_SECONDS })
    throw error
  }
  if (event.visibility === 'password') {
    const { passwordHash } = event
    const isRight =
      given.password !== undefined &&
      passwordHash !== null &&
      (await isPassword(given.password, passwordHash))
    if (!isRight) await fail(passwordWrong())
  }
  if (event.visibility === 'link' && !(await isLinkKey(db, event, given.key ?? '')))
    await fail(linkWrong())
  attempts.giveBack(address)
  return passOf(event, signingSecret)
}

/** The secret of the link, or the token of a result: who was sent that was sent a link too, and guesses neither. */
const isLinkKey = async (db: Db, event: Event, key: string): Promise<boolean> =>
  isSame(key, event.linkSecret) ||
  (await findResult(db, { eventId: event.id, hash: hashToken(key) })) !== undefined
