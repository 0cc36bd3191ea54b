import { coalesceBy } from './coalesce.ts'

/** A quick answer is always made anew. */
const COSTLY_MS = 200
/** So those who ask again and again take a tenth of a core at most. */
const SHARE = 0.1
/** Keys kept at a time: each is an answer of some kilobytes. */
const MAX_KEPT = 100

/**
 * Keeps answers that took long, for ten times as long as they took, and shares those under way: pages that ask every few seconds for what a
 * large event takes seconds to count would keep the database at it all the time.
 *
 * @param now milliseconds of a clock that does not jump
 */
export function keepCostly<Key extends string | number, Value>(
  find: (key: Key) => Promise<Value>,
  now: () => number = () => performance.now(),
): (key: Key) => Promise<Value> {
  const kept = new Map<Key, { value: Value; until: number }>()
  const lookUp = coalesceBy(async (key: Key) => {
    const found = kept.get(key)
    if (found && now() < found.until) return found.value
    kept.delete(key)
    const start = now()
    const value = await find(key)
    const took = now() - start
    if (took < COSTLY_MS) return value
    if (kept.size >= MAX_KEPT) kept.clear()
    kept.set(key, { value, until: now() + took / SHARE })
    return value
  })
  return lookUp
}
