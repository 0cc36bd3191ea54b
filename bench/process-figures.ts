import { readdir, readFile } from 'node:fs/promises'

/** The most memory that a process held so far, in bytes. Undefined where the system has no /proc. */
export async function peakMemory(pid: number): Promise<number | undefined> {
  const status = await readOrNothing(`/proc/${pid}/status`)
  const kibibytes = status?.match(/^VmHWM:\s+(\d+) kB$/m)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}

/** Linux counts in hundredths whatever the kernel's own clock: proc(5), USER_HZ. */
const TICKS_PER_SECOND = 100

/** CPU seconds that a process used so far, its ended children left out. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readOrNothing(`/proc/${pid}/stat`)
  // The name, in brackets, may hold anything; the 12th and 13th field behind it are user and system time.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The worker processes that `trackside up` started. */
export async function findWorkers(parent: number): Promise<number[]> {
  const children = await findChildren(parent)
  const words = await Promise.all(children.map((pid) => readOrNothing(`/proc/${pid}/cmdline`)))
  return children.filter((_, i) => words[i]?.split('\0').includes('work'))
}

/** The processes that a process started and that live. Of a worker: those that decode for it. */
export async function findChildren(parent: number): Promise<number[]> {
  const names = (await readdir('/proc').catch(() => [])).filter((each) => /^\d+$/.test(each))
  const statuses = await Promise.all(names.map((name) => readOrNothing(`/proc/${name}/status`)))
  return names
    .filter((_, i) => Number(statuses[i]?.match(/^PPid:\s+(\d+)$/m)?.[1]) === parent)
    .map(Number)
}

/** The processes that came of one, and what each holds in memory now, in bytes. */
export async function findFamily(
  root: number,
): Promise<{ pid: number; words: string[]; bytes: number }[]> {
  const all = new Map<number, { parent: number; bytes: number }>()
  for (const name of (await readdir('/proc').catch(() => [])).filter((each) =>
    /^\d+$/.test(each),
  )) {
    const status = await readOrNothing(`/proc/${name}/status`)
    const parent = Number(status?.match(/^PPid:\s+(\d+)$/m)?.[1])
    const bytes = Number(status?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1] ?? 0) * 1024
    all.set(Number(name), { parent, bytes })
  }
  const family = new Set([root])
  // A child may have a lower number than its parent, where numbers came round.
  for (let size = 0; size < family.size; ) {
    size = family.size
    for (const [pid, { parent }] of all) if (family.has(parent)) family.add(pid)
  }
  return Promise.all(
    [...family].map(async (pid) => ({
      pid,
      words: (await readOrNothing(`/proc/${pid}/cmdline`))?.split('\0') ?? [],
      bytes: all.get(pid)?.bytes ?? 0,
    })),
  )
}

/** A process may end between two looks at it. */
const readOrNothing = (path: string) => readFile(path, 'utf8').catch(() => undefined)
