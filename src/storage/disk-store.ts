import { opendir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { errorCodeOf } from '../lib/error-code-of.ts'
import { assertRange } from './byte-range.ts'
import { createDurably } from './create-durably.ts'
import { AT_ONCE_BYTES, findInside, findRoot } from './find-inside.ts'
import { assertKey } from './keys.ts'
import type { ByteRange, ObjectStore } from './object-store.ts'
import { isInside, openInside, removeEmptyParents } from './open-inside.ts'
import { createReadBuffers } from './read-buffers.ts'
import { signUrl } from './signed-url.ts'
import { explainFailure } from './storage-failure.ts'

type DiskStoreSettings = {
  /** Made when missing, readable by this user alone. */
  readonly directory: string
  /** Any text that only our servers know: who has it can sign URLs. */
  readonly signingSecret: string
  /** Where `serve` answers signed URLs. */
  readonly basePath?: string
}

/** No key begins with a dot, so no object can be in here. */
const TEMPORARY = '.temporary'

/** More pictures than these are seldom on their way at a time; 16 MiB are kept for them once there were. */
const READS_AT_ONCE = 32

/** Objects as plain files: the key is the path below the directory. Symbolic links below it are not followed. */
export function createDiskStore(settings: DiskStoreSettings): ObjectStore {
  const { signingSecret, basePath = '/objects' } = settings
  const directory = path.resolve(settings.directory)
  const temporary = path.join(directory, TEMPORARY)

  let root: string | undefined
  const buffers = createReadBuffers({ bytes: AT_ONCE_BYTES, kept: READS_AT_ONCE })

  const open = async (key: string, range?: ByteRange) => {
    if (range) assertRange(range)
    const handle = await openInside(directory, key)
    if (!handle) return undefined
    if (!range) return handle.createReadStream()
    const { start, end } = range
    if (start < end) return handle.createReadStream({ start, end: end - 1 }) // its `end` is inclusive
    await handle.close()
    return Readable.from([])
  }

  /** Runs work on a key: checks the key first, explains refusals of the disk after. */
  const withKey = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    assertKey(key)
    try {
      return await work()
    } catch (error) {
      throw explainFailure(error, { directory, key })
    }
  }

  return {
    put: (key, body, signal) =>
      withKey(key, () => createDurably({ directory, temporary, key }, body, signal)),

    stat: (key) =>
      withKey(key, async () => {
        await using handle = await openInside(directory, key)
        if (!handle) return undefined
        const { size, mtime } = await handle.stat()
        return { bytes: size, modifiedAt: mtime }
      }),

    find: (key) =>
      withKey(key, async () => {
        root ??= await findRoot(directory)
        return findInside(directory, key, { root, buffers })
      }),

    open: (key, range) => withKey(key, () => open(key, range)),

    read: (key) =>
      withKey(key, async () => {
        await using handle = await openInside(directory, key)
        return handle?.readFile()
      }),

    remove: (key) =>
      withKey(key, async () => {
        await using handle = await openInside(directory, key)
        if (!handle) return
        await rm(path.join(directory, key), { force: true })
        await removeEmptyParents(directory, key)
      }),

    removeFolder: (prefix) =>
      withKey(prefix, async () => {
        if (!(await isInside(directory, path.dirname(prefix)))) return
        // Retried by rm itself when an object is put while it deletes (ENOTEMPTY).
        await rm(path.join(directory, prefix), { recursive: true, force: true, maxRetries: 3 })
        await removeEmptyParents(directory, prefix)
      }),

    async *list(prefix) {
      assertKey(prefix)
      if (await isInside(directory, prefix)) yield* listFiles(directory, prefix)
    },

    presign(key, { ttlSeconds, fileName }) {
      assertKey(key)
      const file = `${basePath}/${key}`
      return signUrl({ path: file, fileName, ttlSeconds, now: new Date(), secret: signingSecret })
    },

    locate(key) {
      assertKey(key)
      return path.join(directory, key)
    },

    sweepTemporary: (olderThanMs) => removeOlderThan(temporary, olderThanMs),
  }
}

async function* listFiles(directory: string, prefix: string): AsyncGenerator<string> {
  for await (const entry of await openFolder(path.join(directory, prefix))) {
    const key = `${prefix}/${entry.name}`
    if (entry.isDirectory()) yield* listFiles(directory, key)
    else if (entry.isFile()) yield key
  }
}

async function removeOlderThan(folder: string, olderThanMs: number) {
  const before = Date.now() - olderThanMs
  let removed = 0
  for await (const { name } of await openFolder(folder)) {
    const file = path.join(folder, name)
    const found = await stat(file).catch(() => undefined) // finished since
    if (!found || found.mtimeMs > before) continue
    await rm(file, { force: true })
    removed++
  }
  return removed
}

/** The entries of a folder; none when it is missing. */
async function openFolder(folder: string) {
  try {
    return await opendir(folder)
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return []
    throw error
  }
}
