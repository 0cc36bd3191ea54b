import type { PhotoFile } from './find-photo-files.ts'

export type Outcome =
  | { status: 'stored' }
  | { status: 'duplicate' }
  | { status: 'rejected'; reason: string }

/** Where photos go: the data folder of this machine, or a server elsewhere. */
export type Destination = {
  /** Which of these sha256 (hex) the event has already; at most `HASHES_AT_ONCE`. */
  findKnown(hashes: readonly string[]): Promise<Set<string>>
  /** @throws when the destination fails; what is wrong with the file is an outcome */
  send(file: PhotoFile): Promise<Outcome>
}

/** Fewer than the 1000 that the route takes: a batch is read before its first file is sent. */
export const HASHES_AT_ONCE = 50
