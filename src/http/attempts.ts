import { AppError } from '../lib/errors.ts'

/** More addresses than this at a time are no people. */
const MAX_KEYS = 10_000

export type Attempts = {
  /** Counts an attempt before it is tried, so that many at once count too. @throws rate_limited when there were too many */
  take(key: string): void
  /** Gives back one that turned out well: only failures stay counted. */
  giveBack(key: string): void
}

/** Limits how often a key (an address) may fail, within windows that begin with its first failure. */
export function createAttempts({
  max,
  windowSeconds,
}: {
  max: number
  windowSeconds: number
}): Attempts {
  const counts = new Map<string, { taken: number; endsAt: number }>()
  return {
    take(key) {
      const now = performance.now() // a clock that is set neither locks nor frees
      let count = counts.get(key)
      if (!count || count.endsAt <= now) {
        count = { taken: 0, endsAt: now + windowSeconds * 1000 }
        counts.delete(key)
        if (counts.size >= MAX_KEYS) forgetOldest(counts)
        counts.set(key, count)
      }
      if (count.taken >= max) throw tooManyAttempts(Math.ceil((count.endsAt - now) / 1000))
      count.taken += 1
    },
    giveBack(key) {
      const count = counts.get(key)
      if (count && count.taken > 0) count.taken -= 1
    },
  }
}

/** A map keeps the order in which keys came, which is that in which their windows end. */
function forgetOldest(counts: Map<string, unknown>): void {
  for (const key of counts.keys()) {
    counts.delete(key)
    return
  }
}

/** @param seconds until there may be another */
export const tooManyAttempts = (seconds: number) =>
  new AppError({
    code: 'rate_limited',
    message: `Too many attempts. Try again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  })
