import { readFile } from 'node:fs/promises'

const EVERY_MS = 50
const PAGE_BYTES = 4096
/** Linux tells times of processes in hundredths of a second on every machine (`USER_HZ`). */
const TICKS_PER_SECOND = 100

export type ProcessUse = {
  /** Of all its threads, since it started. */
  cpuSeconds: number
  residentBytes: number
}

/** What a process takes of the machine; undefined when it is gone, or where there is no `/proc`. */
export async function readUse(pid: number): Promise<ProcessUse | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name of the program comes first, in brackets, and may hold anything. Its fields: man proc_pid_stat, from the third on.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (!fields) return undefined
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number)
  return {
    cpuSeconds: (user! + system!) / TICKS_PER_SECOND,
    residentBytes: pages! * PAGE_BYTES,
  }
}

/**
 * Tells what a process takes, 20 times a second until it is stopped: the CPU since now, not the time that passes, so that a machine
 * that is slow or busy changes nothing. Looks where Linux tells it; elsewhere nothing is told.
 */
export function watchProcess(
  pid: number | undefined,
  onUse: (use: ProcessUse) => void,
): { stop(): void } {
  let isStopped = pid === undefined || process.platform !== 'linux'
  let before: number | undefined
  const look = async () => {
    const use = await readUse(pid!)
    if (isStopped) return
    if (use) {
      before ??= use.cpuSeconds
      onUse({ ...use, cpuSeconds: use.cpuSeconds - before })
    }
    setTimeout(look, EVERY_MS).unref()
  }
  if (!isStopped) void look()
  return {
    stop() {
      isStopped = true
    },
  }
}
