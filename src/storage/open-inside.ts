import { constants } from 'node:fs'
import { type FileHandle, open, realpath, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { errorCodeOf } from '../lib/error-code-of.ts'

/** What says that there is no object: ELOOP is a symbolic link where the object should be. */
export const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/** Opens an object for reading; undefined when there is none. Non-blocking, so that a pipe in its place cannot hold us. */
export async function openInside(directory: string, key: string): Promise<FileHandle | undefined> {
  const file = path.join(directory, key)
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  let handle: FileHandle | undefined
  try {
    await assertNoLink(directory, path.dirname(file))
    handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    return undefined
  } catch (error) {
    await handle?.close()
    if (ABSENT.has(errorCodeOf(error) ?? '')) return undefined
    throw error
  }
}

/**
 * Refuses a folder that is reached through a symbolic link below the store; the store's own path may have some.
 * @throws Error for a link, ENOENT when the folder is missing.
 */
export async function assertNoLink(directory: string, folder: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(directory), realpath(folder)])
  if (real === path.join(root, path.relative(directory, folder))) return
  throw new Error(
    `${folder} is reached through a symbolic link, which the object store does not follow`,
  )
}

/** False when the folder is missing. @throws Error when it is reached through a symbolic link. */
export async function isInside(directory: string, folder: string): Promise<boolean> {
  try {
    await assertNoLink(directory, path.join(directory, folder))
    return true
  } catch (error) {
    if (ABSENT.has(errorCodeOf(error) ?? '')) return false
    throw error
  }
}

/** Removes the folders above a key that became empty, from the deepest up, not the store itself. */
export async function removeEmptyParents(directory: string, key: string): Promise<void> {
  for (let folder = path.dirname(key); folder !== '.'; folder = path.dirname(folder)) {
    try {
      await rmdir(path.join(directory, folder))
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') continue // somebody else was faster
      return // the usual end: ENOTEMPTY
    }
  }
}
