import { readdirSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/**
 * Where cores are short, the scheduler gives one that gives way a tenth of what it gives the others (nice 10), and all of it where
 * they are not: people who look at pages come before photos that are read.
 */
const NICENESS = 10

/** This process and its threads give way to others, and so do those that it starts. To be called at its start. */
export function giveWay(): void {
  // Linux counts threads as processes: some were there before this line. Elsewhere 0 is the whole process.
  const ids = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0]
  for (const id of ids) lower(id)
}

/** This thread gives way to the others of its process: only Linux can. */
export function giveWayAsThread(): void {
  if (process.platform === 'linux') lower(0)
}

/** A sandbox may forbid it, and a thread may have ended since. */
const NO_FAILURE = new Set(['EPERM', 'EACCES', 'ESRCH'])

/** Who was started with a lower priority keeps it. */
function lower(id: number): void {
  try {
    if (getPriority(id) < NICENESS) setPriority(id, NICENESS)
  } catch (error) {
    if (!NO_FAILURE.has(codeOf(error))) throw error
  }
}

/** Failures of `node:os` tell the system's code in `info`. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'info' in error ? ((error.info as { code?: string }).code ?? '') : ''
