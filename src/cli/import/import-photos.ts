import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Destination, HASHES_AT_ONCE, type Outcome } from './destination.ts'
import type { PhotoFile } from './find-photo-files.ts'
import { whyUnreadable } from './unreadable.ts'

type Options = {
  /** How many files are sent at once. */
  concurrency: number
  /** Once aborted, no further file is begun; those in flight are finished. */
  signal: AbortSignal
  onOutcome: (file: PhotoFile, outcome: Outcome) => void | Promise<void>
}

/**
 * Sends the files that the destination does not have yet. A file that cannot be read or is refused is an outcome like others.
 *
 * @throws the failure of the destination, after the files in flight have ended
 */
export async function importPhotos(
  destination: Destination,
  files: readonly PhotoFile[],
  { concurrency, signal, onOutcome }: Options,
): Promise<void> {
  const unknown = eachUnknown(destination, files, { signal, onOutcome })
  const send = async () => {
    for await (const file of unknown) await onOutcome(file, await destination.send(file))
  }
  const senders = await Promise.allSettled(Array.from({ length: concurrency }, send))
  const failed = senders.find((sender) => sender.status === 'rejected')
  if (failed) throw failed.reason
}

/** The files to send. Each batch is hashed while the one before it is sent. */
async function* eachUnknown(
  destination: Destination,
  files: readonly PhotoFile[],
  { signal, onOutcome }: Omit<Options, 'concurrency'>,
): AsyncGenerator<PhotoFile> {
  const checkBatch = async (start: number) => {
    const hashed: { file: PhotoFile; hash: string }[] = []
    for (const file of files.slice(start, start + HASHES_AT_ONCE)) {
      if (signal.aborted) return []
      const { hash, reason } = await hashFile(file)
      if (hash === undefined) await onOutcome(file, { status: 'rejected', reason })
      else hashed.push({ file, hash })
    }
    if (hashed.length === 0) return []
    const known = await destination.findKnown(hashed.map(({ hash }) => hash))
    return hashed.map(({ file, hash }) => ({ file, isKnown: known.has(hash) }))
  }
  let next = checkBatch(0)
  for (let start = 0; start < files.length; start += HASHES_AT_ONCE) {
    const batch = await next
    next = checkBatch(start + HASHES_AT_ONCE)
    next.catch(() => {}) // thrown where it is awaited, unless a sender failed before
    for (const { file, isKnown } of batch) {
      if (signal.aborted) return
      if (isKnown) await onOutcome(file, { status: 'duplicate' })
      else yield file
    }
  }
}

type Hashed = { hash: string; reason?: undefined } | { hash?: undefined; reason: string }

async function hashFile({ path }: PhotoFile): Promise<Hashed> {
  const sha256 = createHash('sha256')
  try {
    await pipeline(createReadStream(path), sha256)
    return { hash: sha256.digest('hex') }
  } catch (error) {
    const reason = whyUnreadable(error)
    if (reason === undefined) throw error
    return { reason }
  }
}
