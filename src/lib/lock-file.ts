import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { errorCodeOf } from './error-code-of.ts'
import { HIDDEN_START, readProcessStart } from './process-identity.ts'

/** Who holds a lock file: written into it. `start` tells this process from a later one with the same pid. */
export type LockHolder = {
  readonly pid: number
  readonly start: string
  readonly startedAt: string
  readonly what: string
  /** Names this one taking of the lock. */
  readonly nonce: string
}

export type TakenLock = { readonly taken: true; release(): Promise<void> }
export type RefusedLock = { readonly taken: false; readonly holder: LockHolder }

/** Rounds of losing to somebody who then lets go: two would be rare. */
const MAX_ROUNDS = 50

/**
 * Takes a lock file, or says who holds it. A lock whose process is gone (kill -9, power loss) is taken over; of several
 * that try at once exactly one gets it.
 *
 * @NOTE Processes are looked up on this machine and in this PID namespace: two containers, or two machines on one network
 * file system, do not see each other.
 */
export async function takeLockFile(file: string, what: string): Promise<TakenLock | RefusedLock> {
  const holder = await describeHolder(what)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (await createWhole(file, holder))
      return { taken: true, release: () => release(file, holder) }
    const other = await readHolder(file)
    if (!other) continue // released since
    if (await isAlive(other)) return { taken: false, holder: other }
    const taken = await takeOver(file, other, what)
    if (taken) return taken
  }
  throw new Error(`The lock ${file} changed hands ${MAX_ROUNDS} times while it was asked for`)
}

/**
 * Replaces a dead holder's lock. The right to do so is itself a lock, named after the dead one, so it is exclusive, and
 * survives its own holder's death by the same rule. Who has it looks again: only he may replace that lock, so what he sees
 * stays true until he renames.
 */
async function takeOver(file: string, dead: LockHolder, what: string) {
  const claim = `${file}.after-${dead.nonce}`
  const claimed = await takeLockFile(claim, what)
  if (!claimed.taken) return claimed
  const mine = await readHolder(claim)
  if (!mine || (await readHolder(file))?.nonce !== dead.nonce) {
    await claimed.release()
    return undefined
  }
  await rename(claim, file)
  return { taken: true as const, release: () => release(file, mine) }
}

/** A file appears with its content or not at all: `link` refuses an existing name, `open` alone would show it empty. */
async function createWhole(file: string, holder: LockHolder) {
  const draft = `${file}.new-${holder.nonce}`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o644, flush: true })
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function release(file: string, { nonce }: LockHolder) {
  if ((await readHolder(file))?.nonce === nonce) await rm(file, { force: true })
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const holder: unknown = safeParse(text)
  if (isHolder(holder)) return holder
  throw new Error(`${file} is not a lock file of ours: if nothing runs on this folder, delete it`)
}

async function isAlive({ pid, start }: LockHolder) {
  const current = await readProcessStart(pid)
  return current !== undefined && (current === start || current === HIDDEN_START)
}

async function describeHolder(what: string): Promise<LockHolder> {
  return {
    pid: process.pid,
    start: (await readProcessStart(process.pid)) ?? HIDDEN_START,
    startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
    what,
    nonce: randomBytes(8).toString('hex'),
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, start, startedAt, what, nonce } = value as Partial<Record<keyof LockHolder, unknown>>
  const texts = [start, startedAt, what, nonce]
  return Number.isInteger(pid) && Number(pid) > 0 && texts.every((text) => typeof text === 'string')
}

function safeParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
