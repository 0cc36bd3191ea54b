import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Process = { pid: number; parent: number; command: string }

/** Every living process of the machine. Zombies are dead: in containers nobody may collect them. */
export async function listProcesses(): Promise<Process[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], {
    maxBuffer: 64 * 2 ** 20,
  })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state = '', command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)/.exec(line) ?? []
    if (pid === undefined || state.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

/**
 * The processes of a system: those that work on its data folder, the one that was started, and all that these started,
 * directly or not. A PostgreSQL that outlived its system is found by the folder alone.
 */
export async function findSystem(dataDir: string, root?: number): Promise<Process[]> {
  const all = await listProcesses()
  const below = ({ pid }: Process): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child)])
  const roots = all.filter(({ pid, command }) => pid === root || command.includes(dataDir))
  return [...new Set(roots.flatMap((process) => [process, ...below(process)]))]
}

/** Waits until all have ended. @returns those that live on after the time */
export async function waitUntilGone(
  processes: readonly Process[],
  timeoutMs = 60_000,
): Promise<Process[]> {
  for (const end = Date.now() + timeoutMs; ; await sleep(100)) {
    const living = await listProcesses()
    const left = processes.filter(({ pid, command }) =>
      living.some((process) => process.pid === pid && process.command === command),
    )
    if (left.length === 0 || Date.now() > end) return left
  }
}

/** Kills processes as a power cut would; those that have ended meanwhile are fine. */
export function killAll(processes: readonly Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
