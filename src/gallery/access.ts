import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Event } from '../events/index.ts'

/** What a browser must still bring: `open` is nothing. */
export type Access = 'open' | 'password' | 'link'

type Lock = Pick<Event, 'id' | 'visibility' | 'linkSecret' | 'passwordHash'>

/**
 * What a browser keeps that has opened a gallery: bound to the event, the kind of its lock and the present password or link, so
 * that a new one locks everybody out. It cannot be made without the installation's secret, nor turned back into what it stands for.
 */
export function passOf({ id, visibility, linkSecret, passwordHash }: Lock, secret: string): string {
  const key = visibility === 'password' ? passwordHash : linkSecret
  return createHmac('sha256', secret)
    .update(JSON.stringify(['gallery', id, visibility, key]))
    .digest('base64url')
}

export function accessOf(lock: Lock, pass: string | undefined, secret: string): Access {
  if (lock.visibility === 'public') return 'open'
  return pass !== undefined && isSame(pass, passOf(lock, secret)) ? 'open' : lock.visibility
}

/** In constant time, for texts of the same length. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
