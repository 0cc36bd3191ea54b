/** More keys than this at a time are none that people made: an organisation has ten. */
const MAX_KEYS = 10_000

export type KnownKeys = {
  has(hash: string): boolean
  /** Notes what a lookup said. */
  note(hash: string, isFound: boolean): void
}

/** The keys, by hash, that this process has found to exist: they are limited each by itself, what is made up by its address. */
export function createKnownKeys(): KnownKeys {
  const hashes = new Set<string>()
  return {
    has: (hash) => hashes.has(hash),
    note(hash, isFound) {
      if (!isFound) hashes.delete(hash)
      else if (!hashes.has(hash)) {
        if (hashes.size >= MAX_KEYS) hashes.clear() // the next request of each makes it known again
        hashes.add(hash)
      }
    },
  }
}
