import fs from 'node:fs'
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCodeOf } from '../lib/error-code-of.ts'
import type { ByteRange, FoundObject } from './object-store.ts'
import { ABSENT, assertNoLink } from './open-inside.ts'
import type { ReadBuffers } from './read-buffers.ts'

const openFile = promisify(fs.open)
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** What is read in one piece: previews and most photos of phones fit; longer ones are streamed. */
export const AT_ONCE_BYTES = 512 * 1024

/**
 * Opens an object once, for its size, its time and one reading. Each step that waits for a thread of the pool costs more than a small
 * file itself, so only those that may wait for the disk do: opening and reading (decision 0022).
 *
 * @param root `directory` without symbolic links, as far as known
 * @param buffers of AT_ONCE_BYTES, for what is read in one piece
 */
export async function findInside(
  directory: string,
  key: string,
  { root, buffers }: { root: string | undefined; buffers: ReadBuffers },
): Promise<FoundObject | undefined> {
  const file = path.join(directory, key)
  let fd: number | undefined
  try {
    fd = await openFile(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    if (root === undefined || pathOfOpen(fd) !== path.join(root, key))
      await assertNoLink(directory, path.dirname(file))
    const stat = fs.fstatSync(fd)
    if (stat.isFile()) return foundIn(fd, stat, buffers)
    fs.closeSync(fd)
    return undefined
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd)
    if (ABSENT.has(errorCodeOf(error) ?? '')) return undefined
    throw error
  }
}

/** Where a folder really is; undefined while it is missing. */
export const findRoot = (directory: string): Promise<string | undefined> =>
  realpath(directory).catch((error: unknown) => {
    if (ABSENT.has(errorCodeOf(error) ?? '')) return undefined
    throw error
  })

/** Where the kernel says that an open file is, without asking the disk; undefined where there is no /proc. */
function pathOfOpen(fd: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined // the folders are looked at instead
  }
}

function foundIn(
  fd: number,
  { size: bytes, mtime: modifiedAt }: fs.Stats,
  buffers: ReadBuffers,
): FoundObject {
  let isOpen = true
  let lent: Buffer | undefined
  const closeFile = () => {
    if (isOpen) fs.closeSync(fd)
    isOpen = false
  }
  return {
    bytes,
    modifiedAt,
    async read(range) {
      const { start, end } = cut(range, bytes)
      if (end - start > AT_ONCE_BYTES) {
        isOpen = false // the stream's now
        return fs.createReadStream('', { fd, start, end: end - 1, autoClose: true })
      }
      try {
        lent = await readAll(fd, buffers.take(end - start), start)
        return lent
      } finally {
        closeFile()
      }
    },
    close() {
      closeFile()
      if (lent) buffers.giveBack(lent)
      lent = undefined
    },
  }
}

const cut = (range: ByteRange | undefined, bytes: number) => ({
  start: Math.min(range?.start ?? 0, bytes),
  end: Math.min(range?.end ?? bytes, bytes),
})

/** Fills a buffer from a position of a file on. */
async function readAll(fd: number, buffer: Buffer, start: number): Promise<Buffer> {
  for (let at = 0; at < buffer.length; ) {
    const read = await readSome(fd, buffer, { at, position: start + at })
    if (read === 0) throw new Error('the object became shorter while it was read')
    at += read
  }
  return buffer
}

const readSome = (
  fd: number,
  buffer: Buffer,
  { at, position }: Record<'at' | 'position', number>,
) =>
  new Promise<number>((resolve, reject) => {
    fs.read(fd, buffer, at, buffer.length - at, position, (error, read) =>
      error ? reject(error) : resolve(read),
    )
  })
