import { setTimeout as sleep } from 'node:timers/promises'
import { isPassing } from './s3-failure.ts'

/** With the waits below: a store that is away for about five seconds is not noticed. */
const ATTEMPTS = 6
const FIRST_WAIT_MS = 200

/** Does something again while the store only stumbles; waits longer each time, never as long as the others who wait. */
export async function withRetries<T>(
  attempt: (tries: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(tries)
    } catch (error) {
      signal?.throwIfAborted()
      if (tries === ATTEMPTS || !isPassing(error)) throw error
      const longest = FIRST_WAIT_MS * 2 ** (tries - 1)
      await sleep(longest * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {})
    }
  }
}
