import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { errorCodeOf } from '../lib/error-code-of.ts'
import { assertNoLink } from './open-inside.ts'

type Place = { readonly directory: string; readonly temporary: string; readonly key: string }

/** Rounds against others who remove the target's folder because it was empty: one is rare. */
const MAX_ROUNDS = 10
/** What such a round ends with. ENOTDIR is how `mkdir` tells of a folder that went while it looked at it. */
const RACES = new Set(['ENOENT', 'ENOTDIR'])

/**
 * Writes a file that is there whole or not at all, also after a power loss: its bytes reach the disk, then its name,
 * then the folder that holds the name. On any failure, and when `signal` aborts, nothing stays behind.
 */
export async function createDurably(
  { directory, temporary, key }: Place,
  body: Readable | Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const draft = path.join(temporary, randomUUID())
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 })
    await writeDraft(draft, body, signal)
    await moveTo(path.join(directory, key), { draft, directory })
  } catch (error) {
    if (!(body instanceof Uint8Array)) body.destroy() // as a pipeline does: the source is ours to end
    await rm(draft, { force: true })
    throw error
  }
}

async function writeDraft(draft: string, body: Readable | Uint8Array, signal?: AbortSignal) {
  signal?.throwIfAborted()
  await using handle = await open(draft, 'wx', 0o600)
  const abortable = signal ? { signal } : {}
  if (body instanceof Uint8Array) await handle.writeFile(body, abortable)
  else await pipeline(body, (chunks) => handle.writeFile(chunks), abortable)
  await handle.datasync() // the size is part of what it keeps; times are not
  signal?.throwIfAborted()
}

async function moveTo(file: string, { draft, directory }: { draft: string; directory: string }) {
  const folder = path.dirname(file)
  for (let round = 1; ; round++) {
    try {
      const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 })
      await assertNoLink(directory, folder)
      await rename(draft, file)
      return await syncUpTo(firstMade ? path.dirname(firstMade) : folder, folder)
    } catch (error) {
      const isRace = RACES.has(errorCodeOf(error) ?? '')
      if (!isRace || round === MAX_ROUNDS) throw error
    }
  }
}

/** Makes the names below `top` durable: a new folder is an entry of the one above it. */
async function syncUpTo(top: string, folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return // put, and then removed by somebody else
    throw error
  }
  if (folder !== top) await syncUpTo(top, path.dirname(folder))
}
