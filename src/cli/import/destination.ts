import type { MediaFile } from './find-files.ts'

export type Outcome =
  | { status: 'stored' }
  | { status: 'duplicate' }
  | { status: 'rejected'; reason: string }

/** Where photos and videos go: the data folder of this machine, or a server elsewhere. */
export type Destination = {
  /** Which of these sha256 (hex) the event has already among its photos, or its videos; at most `HASHES_AT_ONCE`. */
  findKnown(kind: MediaFile['kind'], hashes: readonly string[]): Promise<Set<string>>
  /** @throws when the destination fails; what is wrong with the file is an outcome */
  send(file: MediaFile): Promise<Outcome>
}

/** Fewer than the 1000 that the route takes: a batch is read before its first file is sent. */
export const HASHES_AT_ONCE = 50
/** And no more to be read than takes seconds: one video may be as large as a thousand photos. */
export const BYTES_AT_ONCE = 2 ** 30
