import type { Event } from '../events/index.ts'
import type { Attempts } from '../http/attempts.ts'
import { isPassword } from '../lib/passwords.ts'
import { isSame, passOf } from './access.ts'
import { linkWrong, passwordWrong } from './errors.ts'

export type UnlockDeps = {
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
  { signingSecret, attempts }: UnlockDeps,
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
  if (event.visibility === 'link' && !isSame(given.key ?? '', event.linkSecret)) throw linkWrong()
  attempts.giveBack(address)
  return passOf(event, signingSecret)
}
