import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { BYTES_AT_ONCE, type Destination, HASHES_AT_ONCE, type Outcome } from './destination.ts'
import type { MediaFile } from './find-files.ts'
import { whyUnreadable } from './unreadable.ts'

type Options = {
  /** How many files are sent at once. */
  concurrency: number
  /** Once aborted, no further file is begun; those in flight are finished. */
  signal: AbortSignal
  onOutcome: (file: MediaFile, outcome: Outcome) => void | Promise<void>
}

/**
 * Sends the files that the destination does not have yet. A file that cannot be read or is refused is an outcome like others.
 *
 * @throws the failure of the destination, after the files in flight have ended
 */
export async function importFiles(
  destination: Destination,
  files: readonly MediaFile[],
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
  files: readonly MediaFile[],
  { signal, onOutcome }: Omit<Options, 'concurrency'>,
): AsyncGenerator<MediaFile> {
  const checkBatch = async (batch: readonly MediaFile[]) => {
    const hashed: { file: MediaFile; hash: string }[] = []
    for (const file of batch) {
      if (signal.aborted) return []
      const { hash, reason } = await hashFile(file)
      if (hash === undefined) await onOutcome(file, { status: 'rejected', reason })
      else hashed.push({ file, hash })
    }
    const known = new Set<string>()
    for (const [kind, some] of Map.groupBy(hashed, ({ file }) => file.kind)) {
      const hashes = some.map(({ hash }) => hash)
      for (const hash of await destination.findKnown(kind, hashes)) known.add(hash)
    }
    return hashed.map(({ file, hash }) => ({ file, isKnown: known.has(hash) }))
  }
  const batches = batchesOf(files)
  let next = checkBatch(batches[0] ?? [])
  for (const i of batches.keys()) {
    const batch = await next
    next = checkBatch(batches[i + 1] ?? [])
    next.catch(() => {}) // thrown where it is awaited, unless a sender failed before
    for (const { file, isKnown } of batch) {
      if (signal.aborted) return
      if (isKnown) await onOutcome(file, { status: 'duplicate' })
      else yield file
    }
  }
}

/** What is hashed before the first of it is sent. */
function batchesOf(files: readonly MediaFile[]): MediaFile[][] {
  const batches: MediaFile[][] = []
  let bytes = 0
  for (const file of files) {
    const last = batches.at(-1)
    if (!last || last.length === HASHES_AT_ONCE || bytes + file.bytes > BYTES_AT_ONCE) {
      batches.push([file])
      bytes = file.bytes
    } else {
      last.push(file)
      bytes += file.bytes
    }
  }
  return batches
}

type Hashed = { hash: string; reason?: undefined } | { hash?: undefined; reason: string }

async function hashFile({ path }: MediaFile): Promise<Hashed> {
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
