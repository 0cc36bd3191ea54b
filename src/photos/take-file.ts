import { createHash, type Hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { SNIFF_BYTES } from '../media/sniff.ts'
import type { ObjectStore } from '../storage/object-store.ts'

type IntakeOptions = {
  /** Called with the first bytes. @returns the content type; throws for what is not taken */
  check: (head: Buffer) => Promise<string>
  maxBytes: number
  tooLarge: (maxBytes: number) => Error
}

export type Intake = ReturnType<typeof startIntake>

/** Watches the bytes of one upload pass by: hash, size limit and type. */
export function startIntake({ check, maxBytes, tooLarge }: IntakeOptions) {
  const hash: Hash = createHash('sha256')
  let digest: Buffer | undefined
  let bytes = 0
  let contentType: string | undefined

  const count = (chunk: Buffer) => {
    bytes += chunk.length
    hash.update(chunk)
  }

  return {
    /** Reads what is left of a body that is not kept: it has to leave the connection, and tells the hash. */
    async drain(body: Readable): Promise<void> {
      for await (const chunk of body.iterator({ destroyOnReturn: false })) count(chunk)
    },
    bytes: () => bytes,
    sha256: () => (digest ??= hash.digest()),
    contentType: () => contentType ?? null,
    async *take(body: Readable): AsyncGenerator<Buffer> {
      let head: Buffer | undefined = Buffer.alloc(0)
      for await (const chunk of body.iterator({
        destroyOnReturn: false,
      }) as AsyncIterable<Buffer>) {
        count(chunk)
        if (bytes > maxBytes) throw tooLarge(maxBytes)
        if (head === undefined) {
          yield chunk
          continue
        }
        head = Buffer.concat([head, chunk])
        if (head.length < SNIFF_BYTES) continue
        contentType = await check(head)
        yield head
        head = undefined
      }
      if (head === undefined) return
      contentType = await check(head)
      yield head
    },
  }
}

/**
 * Adds the row of an object that is stored already. When that fails before its commit was sent, there is no row for sure, and the
 * object goes too; later nobody can know, so it stays, and `trackside verify` finds it when it has no row.
 *
 * @param insert calls `onDone` as the last of its transaction
 */
export async function insertOrRemove<T>(
  store: Pick<ObjectStore, 'remove'>,
  key: string,
  insert: (onDone: () => void) => Promise<T>,
): Promise<T> {
  let isCommitting = false
  try {
    return await insert(() => {
      isCommitting = true
    })
  } catch (error) {
    // What failed first is what matters; an object that cannot be removed either is found by `trackside verify`.
    if (!isCommitting) await store.remove(key).catch(() => {})
    throw error
  }
}

/** The last part of the path that a client sent, without control characters, at most 255 characters. */
export function cleanFileName(fileName: string, fallback: string): string {
  const last = fileName.split(/[\\/]/).at(-1) ?? ''
  const clean = last
    .replace(/\p{Cc}/gu, '')
    .slice(0, 255)
    .trim()
  return clean || fallback
}
