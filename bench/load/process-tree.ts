import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from '../process-figures.ts'

/** These processes and all that they started, directly or not. */
export async function findTree(roots: readonly number[]): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const parents = new Map<number, number>()
  for (const name of names) {
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') // ended since
    parents.set(Number(name), Number(status.match(/^PPid:\s+(\d+)$/m)?.[1]))
  }
  const tree = new Set(roots)
  for (let before = 0; before !== tree.size; ) {
    before = tree.size
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid)
  }
  return [...tree]
}

/** Memory in bytes that would be free without these processes: pages that several share are counted once (PSS). */
export async function residentBytes(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
      return Number(rollup.match(/^Pss:\s+(\d+) kB$/m)?.[1] ?? 0) * 1024
    }),
  )
  return each.reduce((sum, bytes) => sum + bytes, 0)
}

export type Shares = { server: number; database: number; workers: number; client: number }

/** What each part of a system and this process used while something ran, in cores, and what came of it. */
export async function measureShares<Value>(
  { server, workers }: { server: number; workers: readonly number[] },
  work: () => Promise<Value>,
): Promise<{ value: Value; shares: Shares }> {
  const look = async () => {
    const sum = async (pids: readonly number[]) =>
      (await Promise.all(pids.map(cpuSeconds))).reduce<number>((all, one) => all + (one ?? 0), 0)
    const below = (await findTree([server])).filter((pid) => pid !== server)
    return {
      server: await sum([server]),
      database: await sum(below), // and what decodes selfies
      workers: await sum(await findTree(workers)),
      client: await sum([process.pid]),
    }
  }
  const [before, began] = [await look(), performance.now()]
  const value = await work()
  const seconds = (performance.now() - began) / 1000
  const after = await look()
  const share = (of: keyof Shares) => Math.max(0, (after[of] - before[of]) / seconds)
  return {
    value,
    shares: {
      server: share('server'),
      database: share('database'),
      workers: share('workers'),
      client: share('client'),
    },
  }
}

/** How much of one core these processes use over some seconds: 0.02 is 2 %. */
export async function measureCores(pids: readonly number[], seconds: number): Promise<number> {
  const sum = async () => {
    const each = await Promise.all(pids.map(cpuSeconds))
    return each.reduce<number>((total, used) => total + (used ?? 0), 0)
  }
  const [before, began] = [await sum(), performance.now()]
  await sleep(seconds * 1000)
  return ((await sum()) - before) / ((performance.now() - began) / 1000)
}
