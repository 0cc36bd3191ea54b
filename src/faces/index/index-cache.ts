/** What the cache holds: something that knows its size and can be freed. */
export type Cached = { readonly bytes: number; dispose(): void }

/** Indexes in memory, loaded when asked for; the least recently used go when they are too large together. */
export type IndexCache<T extends Cached> = {
  /** How many are loaded. */
  readonly size: number
  /** What the loaded ones hold together. */
  readonly bytes: number
  /**
   * Calls `work` with the index of the key, which is loaded once however many ask at the same moment, and is not freed
   * before `work` has settled. A load that fails is tried again by the next who asks.
   *
   * @param signal ends the wait for the load; the load itself ends when nobody waits for it any more
   */
  use<R>(key: string, work: (index: T) => R | Promise<R>, signal?: AbortSignal): Promise<R>
  /** The index if it is loaded, to be used before the next `await`: for changes that a later load would see anyway. */
  peek(key: string): T | undefined
  /** Forgets the index: freed as soon as nobody uses it. A load that runs is thrown away and started anew. */
  drop(key: string): void
  /** Drops all. */
  dispose(): void
}

type Entry<T> = {
  readonly loading: Promise<T>
  readonly abort: AbortController
  index: T | undefined
  /** Those who wait for it and those who work with it. */
  users: number
  isDropped: boolean
}

/**
 * @param maxBytes of all indexes together. Exceeded while an index loads, by indexes in use, and by one alone
 * @param load its signal is aborted when the result is not wanted any more
 */
export function createIndexCache<T extends Cached>({
  maxBytes,
  load,
}: {
  maxBytes: number
  load: (key: string, signal: AbortSignal) => Promise<T>
}): IndexCache<T> {
  const entries = new Map<string, Entry<T>>() // the least recently used first
  const loaded = () => [...entries.values()].flatMap(({ index }) => index ?? [])
  const bytes = () => loaded().reduce((sum, index) => sum + index.bytes, 0)

  function touch(key: string): Entry<T> {
    const entry = entries.get(key) ?? start(key)
    entries.delete(key)
    entries.set(key, entry)
    return entry
  }

  function start(key: string): Entry<T> {
    const abort = new AbortController()
    const loading = load(key, abort.signal)
    const entry: Entry<T> = { loading, abort, index: undefined, users: 0, isDropped: false }
    loading.then(
      (index) => {
        entry.index = index
        disposeIfUnused(entry)
      },
      () => {}, // seen by those who wait, and forgotten when the last of them leaves
    )
    return entry
  }

  function drop(key: string, entry: Entry<T>) {
    entry.isDropped = true
    if (entries.get(key) === entry) entries.delete(key)
    if (entry.index === undefined) entry.abort.abort()
    disposeIfUnused(entry)
  }

  function disposeIfUnused(entry: Entry<T>) {
    if (!entry.isDropped || entry.users > 0) return
    entry.index?.dispose()
    entry.index = undefined
  }

  /** Frees the least recently used, but never the last used: one too large alone must not be loaded each time. */
  function evict() {
    for (const [key, entry] of [...entries].slice(0, -1)) {
      if (bytes() <= maxBytes) return
      if (entry.users === 0) drop(key, entry)
    }
  }

  function leave(key: string, entry: Entry<T>) {
    entry.users--
    const isUnwanted = entry.users === 0 && entry.index === undefined
    if (isUnwanted) drop(key, entry)
    else disposeIfUnused(entry)
    evict()
  }

  return {
    get size() {
      return loaded().length
    },
    get bytes() {
      return bytes()
    },
    async use(key, work, signal) {
      for (;;) {
        signal?.throwIfAborted()
        const entry = touch(key)
        entry.users++
        try {
          const index = await waitFor(entry, signal)
          if (index !== undefined) return await work(index)
        } finally {
          leave(key, entry)
        }
      }
    },
    peek: (key) => entries.get(key)?.index,
    drop(key) {
      const entry = entries.get(key)
      if (entry !== undefined) drop(key, entry)
    },
    dispose() {
      for (const [key, entry] of [...entries]) drop(key, entry)
    },
  }
}

/** The index once it is loaded; undefined if it was dropped meanwhile. */
async function waitFor<T>(entry: Entry<T>, signal?: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const index = await Promise.race([entry.loading, aborted])
    return entry.isDropped ? undefined : index
  } catch (error) {
    if (entry.isDropped && !signal?.aborted) return undefined
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
