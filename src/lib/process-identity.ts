import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * When a process started, as an opaque text: a pid is given out again, the pair of pid and start is not. On Linux the
 * boot id and the clock ticks since boot (10 ms), elsewhere what `ps` says (1 s). Undefined when no such process lives;
 * a zombie (dead, but not yet reaped by its parent) does not live.
 */
export async function readProcessStart(pid: number): Promise<string | undefined> {
  if (!isSignalable(pid)) return undefined
  return process.platform === 'linux' ? readLinuxStart(pid) : readPs(pid, 'lstart=')
}

/** The command line of a live process, arguments joined by spaces; undefined when it is gone or hidden from us. */
export async function readCommandLine(pid: number): Promise<string | undefined> {
  if (!isSignalable(pid)) return undefined
  if (process.platform !== 'linux') return readPs(pid, 'command=')
  const line = await readProc(`/proc/${pid}/cmdline`)
  return line ? line.split('\0').join(' ').trim() : undefined // a zombie's is empty
}

/** What stands for the start of a process that lives but does not show when it started (`hidepid` mounts of /proc). */
export const HIDDEN_START = 'hidden'

async function readLinuxStart(pid: number) {
  const stat = await readProc(`/proc/${pid}/stat`)
  if (stat === undefined) return isSignalable(pid) ? HIDDEN_START : undefined
  // Field 2 is the program's name in brackets and may hold spaces and brackets: count from the last bracket.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  const ticks = rest[18] // field 22 of proc_pid_stat(5), field 3 being `state`
  const boot = await readProc('/proc/sys/kernel/random/boot_id')
  return `${boot?.trim()}:${ticks}`
}

/** True when the pid is taken, by whomever: EPERM means that it is somebody else's. */
function isSignalable(pid: number) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const readProc = (file: string) => readFile(file, 'utf8').catch(() => undefined)

async function readPs(pid: number, column: string) {
  const shown = await run('ps', ['-o', column, '-p', String(pid)], { timeout: 5_000 }).catch(
    () => undefined,
  )
  return shown?.stdout.trim() || undefined
}
