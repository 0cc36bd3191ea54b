import {
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import type { Receipt } from './schema.ts'

/** What an Ed25519 private key of 32 bytes is preceded by in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The key that signs receipts: always the same for one installation, and of no use for its other secrets. */
export type ReceiptKey = { privateKey: KeyObject; publicKey: string }

export function deriveReceiptKey(signingSecret: string): ReceiptKey {
  const seed = Buffer.from(hkdfSync('sha256', signingSecret, '', 'trackside receipts', 32))
  const key = Buffer.concat([PKCS8, seed])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { privateKey, publicKey: x }
}

/** Adds the installation's public key and an Ed25519 signature over all else, in the form of RFC 8785. */
export function signReceipt(
  facts: Omit<Receipt, 'public_key' | 'signature'>,
  { privateKey, publicKey }: ReceiptKey,
): Receipt {
  const signed = { ...facts, public_key: publicKey }
  const signature = sign(null, Buffer.from(canonical(signed)), privateKey).toString('base64url')
  return { ...signed, signature }
}

export type ReceiptVerdict = 'genuine' | 'changed' | 'of another installation'

/** Whether a receipt is as this installation signed it. */
export function verifyReceipt(
  { signature, ...signed }: Receipt,
  { privateKey, publicKey }: ReceiptKey,
): ReceiptVerdict {
  if (!isEqual(signed.public_key, publicKey)) return 'of another installation'
  const bytes = Buffer.from(signature, 'base64url')
  // Base64url has several texts for the same bytes: only one is ours.
  const isPlain = bytes.toString('base64url') === signature
  const isGenuine =
    isPlain && verify(null, Buffer.from(canonical(signed)), createPublicKey(privateKey), bytes)
  return isGenuine ? 'genuine' : 'changed'
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** JSON with sorted names and no blanks: RFC 8785 for texts, whole numbers, truths and objects of those. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const names = Object.keys(value).sort()
  const record = value as Record<string, unknown>
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(record[name])}`).join()}}`
}
