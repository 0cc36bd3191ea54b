import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCodeOf } from '../lib/error-code-of.ts'

const PREFIX = 'trackside-clip-'
/** Cutting the longest clip is given up after ten minutes. */
const ABANDONED_MS = 3600 * 1000

/** Where one clip is cut, on this machine alone; whoever makes it removes it. */
export const makeClipFolder = (): Promise<string> => mkdtemp(join(tmpdir(), PREFIX))

/** Removes what workers left that were killed while they cut. @returns how many folders */
export async function sweepClipFolders(olderThanMs = ABANDONED_MS): Promise<number> {
  let removed = 0
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(tmpdir(), name)
    const modifiedMs = await stat(folder).then(({ mtimeMs }) => mtimeMs, ignoreGone)
    if (modifiedMs === undefined || Date.now() - modifiedMs < olderThanMs) continue
    await rm(folder, { recursive: true, force: true })
    removed++
  }
  return removed
}

/** Another worker, or its own maker, was quicker. */
function ignoreGone(error: unknown): undefined {
  if (errorCodeOf(error) !== 'ENOENT') throw error
}
