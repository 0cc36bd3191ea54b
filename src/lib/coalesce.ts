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
