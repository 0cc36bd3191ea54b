import { setTimeout as sleep } from 'node:timers/promises'
import { findOutage } from '../storage/find-outage.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/**
 * Does a piece of work again and again while the database, the store or the disk below it is away or full: that is no fault of the
 * work, and a photo that was tried five times in such a minute would be failed for good.
 *
 * @param signal ends the waiting, as the work's own failure
 */
export async function outlast(
  work: () => Promise<unknown>,
  { signal, onOutage }: { signal: AbortSignal; onOutage: (error: unknown) => void },
): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      await work()
      return
    } catch (error) {
      if (!findOutage(error) || signal.aborted) throw error
      onOutage(error)
      await sleep(waitMs, undefined, { signal }).catch(() => {}) // the end of the waiting is looked at by the next turn
      if (signal.aborted) throw error
    }
  }
}
