import type { Readable } from 'node:stream'

/** Half-open byte range `[start, end)`; what reaches past the end of the object is cut there. */
export type ByteRange = { readonly start: number; readonly end: number }

export type StoredObject = { readonly bytes: number; readonly modifiedAt: Date }

/** An object that was found, for one reading. */
export type FoundObject = StoredObject & {
  /** All of it or a range: the bytes when they are few, else a stream. Undefined when it was removed since. */
  read(range?: ByteRange): Promise<Buffer | Readable | undefined>
  /** To be called when it is not read, or when its bytes are not looked at any more: others may be written into their memory. */
  close(): void
}

/**
 * Where originals, previews and watermarks live. Keys are relative paths with `/`, made of letters, digits, `.`, `_`
 * and `-`, no part of them beginning with a dot; any other key is a RangeError. No key is the folder of another. Two
 * drivers (disk, S3) pass one contract test.
 */
export type ObjectStore = {
  /** Writes the whole body under `key`, replacing what was there. Nothing is visible before all of it is durable. */
  put(key: string, body: Readable | Uint8Array, signal?: AbortSignal): Promise<void>
  /** Size and time of an object; undefined when there is none. */
  stat(key: string): Promise<StoredObject | undefined>
  /** Opens an object, or a range of it, for reading; undefined when there is none. */
  open(key: string, range?: ByteRange): Promise<Readable | undefined>
  /** Finds an object whose size decides what is read of it, as answers over HTTP do; undefined when there is none. */
  find(key: string): Promise<FoundObject | undefined>
  /** The whole object; undefined when there is none. Only for what fits into memory. */
  read(key: string): Promise<Buffer<ArrayBuffer> | undefined>
  /** Removes an object; no error when there is none. */
  remove(key: string): Promise<void>
  /** Removes every object whose key starts with the folder `prefix` (without a trailing slash). */
  removeFolder(prefix: string): Promise<void>
  /** All keys below a folder, for checks and clean-up. */
  list(prefix: string): AsyncIterable<string>
  /**
   * A path and query, or an absolute URL, that serves the object without a key for at least `ttlSeconds`. The signing time
   * is rounded so that the URL repeats and caches work. `fileName` is what a browser saves it as.
   */
  presign(key: string, options: { ttlSeconds: number; fileName: string }): string
  /** Removes what killed processes left half written, last touched longer ago than this; returns how many pieces. */
  sweepTemporary(olderThanMs: number): Promise<number>
  /** Where a program of this machine (ffmpeg) reads the object by ranges: a path, or a URL good for an hour. */
  locate(key: string): string
}
