import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Destination, HASHES_AT_ONCE, type Outcome } from '../import/destination.ts'
import { type FoundFiles, findFiles, type MediaFile } from '../import/find-files.ts'
import { importFiles } from '../import/import-files.ts'
import { whyUnreadable } from '../import/unreadable.ts'
import { moveFile } from './move-file.ts'
import type { Settling } from './settling.ts'

export type Watch = {
  folder: string
  /** Where files go that the destination has; a folder inside the watched one is not watched. */
  moveTo: string | undefined
  concurrency: number
  settling: Settling
  signal: AbortSignal
  say: (line: string) => void
}

/** Looked at again and again: network shares tell nobody about new files, so inotify would miss them. */
const LOOK_EVERY_MS = 1000

/**
 * Sends each photo and video of a folder once it has settled, until the signal says stop. A folder that is gone is waited for.
 *
 * @throws the failure of the destination; files not sent by then are still to be sent
 */
export async function watchFolder(destination: Destination, watch: Watch): Promise<void> {
  const { concurrency, settling, signal, say } = watch
  let problem: string | undefined
  while (!signal.aborted) {
    const { found, ...look } = await lookAt(watch)
    if (look.problem !== problem)
      say(look.problem ? `${look.problem} Waiting for it …` : `${watch.folder} is back.`)
    problem = look.problem
    const settled = settling.settled(found?.files ?? [], performance.now())
    // Few at a time: what waits long after it was looked at may have begun to change again.
    const batch = settled.slice(0, HASHES_AT_ONCE)
    await importFiles(destination, batch, {
      concurrency,
      signal,
      onOutcome: (file, outcome) => conclude(watch, file, outcome),
    })
    if (batch.length === settled.length)
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

type Look = { found: FoundFiles; problem?: undefined } | { found?: undefined; problem: string }

async function lookAt({ folder, moveTo }: Watch): Promise<Look> {
  try {
    return { found: await findFiles([folder], moveTo === undefined ? {} : { skip: [moveTo] }) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

async function conclude(
  { folder, moveTo, settling, say }: Watch,
  file: MediaFile,
  outcome: Outcome,
): Promise<void> {
  settling.markDone(file)
  const name = relative(folder, file.path)
  if (outcome.status === 'rejected') return say(`rejected   ${name}: ${outcome.reason}`)
  say(`${outcome.status.padEnd(9)}  ${name}`)
  if (moveTo === undefined) return
  try {
    await moveFile(file, join(moveTo, name))
  } catch (error) {
    const reason = whyUnreadable(error)
    if (reason === undefined) throw error
    say(`could not be moved: ${name}: ${reason}`)
  }
}
