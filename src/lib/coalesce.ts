/**
 * Runs `work` for callers that come in crowds: each is served by a run that began after it asked, and all who wait meanwhile
 * share the next one. So there are at most two runs in flight for any number of callers, and nobody gets a stale answer.
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}

/**
 * The same for lookups by a key: each caller gets what was found by a lookup that began after it asked. So a crowd that asks for one
 * thing costs two lookups in flight, not thousands.
 */
export function coalesceBy<Key extends string | number, Value>(
  find: (key: Key) => Promise<Value>,
): (key: Key) => Promise<Value> {
  const running = new Map<Key, Promise<Value>>()
  const next = new Map<Key, Promise<Value>>()
  const start = (key: Key) => {
    const own = find(key).finally(() => {
      if (running.get(key) === own) running.delete(key)
    })
    running.set(key, own)
    return own
  }
  const follow = async (key: Key, before: Promise<Value>) => {
    await before.catch(() => {}) // told to those whose lookup it was
    next.delete(key)
    return start(key)
  }
  return (key) => {
    const before = running.get(key)
    if (!before) return start(key)
    const following = next.get(key) ?? follow(key, before)
    next.set(key, following)
    return following
  }
}
