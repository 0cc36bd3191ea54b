import { createHmac, randomBytes } from 'node:crypto'
import { hashKey } from '../http/authenticate.ts'

/** 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** What is kept of a token: it holds so many random bits that it needs no salt. */
export const hashToken = hashKey

/**
 * The token for friends: made of the holder's and a nonce, so that the holder is told it again though only its hash is kept, and
 * another nonce makes another. Nobody gets from it to the holder's.
 */
export const shareTokenOf = (holderToken: string, nonce: Buffer): string =>
  createHmac('sha256', holderToken).update(nonce).digest('base64url')
