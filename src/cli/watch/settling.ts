import type { MediaFile } from '../import/find-files.ts'

export type Settling = {
  /** The files that have not changed for long enough and are not done with. */
  settled(files: readonly MediaFile[], nowMs: number): MediaFile[]
  /** Leaves the file alone until it changes. */
  markDone(file: MediaFile): void
}

/**
 * Tells files that arrived from files that are still arriving: whoever writes a file changes its size or its time. What was
 * seen is kept while a file is gone, as all are when a share is disconnected for a while.
 */
export function trackSettling(settleMs: number): Settling {
  const seen = new Map<
    string,
    { bytes: number; modifiedMs: number; sinceMs: number; isDone: boolean }
  >()
  return {
    settled: (files, nowMs) =>
      files.filter(({ path, bytes, modifiedMs }) => {
        const before = seen.get(path)
        const isSame = before?.bytes === bytes && before.modifiedMs === modifiedMs
        if (!before || !isSame) {
          seen.set(path, { bytes, modifiedMs, sinceMs: nowMs, isDone: false })
          return false
        }
        return !before.isDone && nowMs - before.sinceMs >= settleMs
      }),
    markDone({ path }) {
      const entry = seen.get(path)
      if (entry) entry.isDone = true
    },
  }
}
