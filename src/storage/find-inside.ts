import fs from 'node:fs'
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCodeOf } from '../lib/error-code-of.ts'
import type { ByteRange, FoundObject } from './object-store.ts'
import { ABSENT, assertNoLink } from './open-inside.ts'

const openFile = promisify(fs.open)
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** What is read in one piece: previews and most photos of phones fit; longer ones are streamed. */
const AT_ONCE_BYTES = 512 * 1024

/**
 * Opens an object once, for its size, its time and one reading. Each step that waits for a thread of the pool costs more than a small
 * file itself, so only those that may wait for the disk do: opening and reading (decision 0022).
 *
 * @param root `directory` without symbolic links, as far as known
 */
export async function findInside(
  directory: string,
  key: string,
  root: string | undefined,
): Promise<FoundObject | undefined> {
  const file = path.join(directory, key)
  let fd: number | undefined
  try {
    fd = await openFile(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    if (root === undefined || pathOfOpen(fd) !== path.join(root, key))
      await assertNoLink(directory, path.dirname(file))
    const stat = fs.fstatSync(fd)
    if (stat.isFile()) return foundIn(fd, stat)
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

function foundIn(fd: number, { size: bytes, mtime: modifiedAt }: fs.Stats): FoundObject {
  const close = () => fs.closeSync(fd)
  return {
    bytes,
    modifiedAt,
    close,
    async read(range) {
      const { start, end } = cut(range, bytes)
      if (end - start > AT_ONCE_BYTES)
        return fs.createReadStream('', { fd, start, end: end - 1, autoClose: true })
      try {
        return await readAll(fd, start, end)
      } finally {
        close()
      }
    },
  }
}

const cut = (range: ByteRange | undefined, bytes: number) => ({
  start: Math.min(range?.start ?? 0, bytes),
  end: Math.min(range?.end ?? bytes, bytes),
})

async function readAll(fd: number, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(end - start)
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
