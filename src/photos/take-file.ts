import { createHash, type Hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { SNIFF_BYTES } from '../media/sniff.ts'

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
    count,
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

/** The last part of the path that a client sent, without control characters, at most 255 characters. */
export function cleanFileName(fileName: string, fallback: string): string {
  const last = fileName.split(/[\\/]/).at(-1) ?? ''
  const clean = last
    .replace(/\p{Cc}/gu, '')
    .slice(0, 255)
    .trim()
  return clean || fallback
}
