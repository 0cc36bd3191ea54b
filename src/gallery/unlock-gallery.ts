import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { Attempts } from '../http/attempts.ts'
import { isPassword } from '../lib/passwords.ts'
import { isSame, passOf } from './access.ts'
import { linkWrong, passwordWrong } from './errors.ts'
import { findResult } from './result-queries.ts'
import { hashToken } from './result-tokens.ts'

export type UnlockDeps = {
  db: Db
  signingSecret: string
  attempts: Attempts
}

/** What a visitor brings: a password, or the secret of a link. */
export type Key = { password?: string | undefined; key?: string | undefined }

/**
 * Exchanges what a visitor brings for the pass that opens the gallery from then on.
 *
 * @param address of whom: guesses are limited by it
 * @throws gallery_password_wrong, gallery_link_wrong, rate_limited
 */
export async function unlockGallery(
  { db, signingSecret, attempts }: UnlockDeps,
  { event, address, ...given }: { event: Event; address: string } & Key,
): Promise<string> {
  attempts.take(address)
  if (event.visibility === 'password') {
    const { passwordHash } = event
    const isRight =
      given.password !== undefined &&
      passwordHash !== null &&
      (await isPassword(given.password, passwordHash))
    if (!isRight) throw passwordWrong()
  }
  if (event.visibility === 'link' && !(await isLinkKey(db, event, given.key ?? '')))
    throw linkWrong()
  attempts.giveBack(address)
  return passOf(event, signingSecret)
}

/** The secret of the link, or the token of a result: who was sent that was sent a link too, and guesses neither. */
const isLinkKey = async (db: Db, event: Event, key: string): Promise<boolean> =>
  isSame(key, event.linkSecret) ||
  (await findResult(db, { eventId: event.id, hash: hashToken(key) })) !== undefined
