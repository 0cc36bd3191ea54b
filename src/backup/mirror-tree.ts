import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, opendir, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { errorCodeOf } from '../lib/error-code-of.ts'

/** How many files are handled at once: a spinning disk and a network file system answer late. */
const AT_ONCE = 8

/** A copied time loses what is below a millisecond, and may be rounded down to the one before. */
const ROUNDING_MS = 2

type Mirror = {
  from: string
  to: string
  /** Trees that may hold the same files: those are linked instead of copied. */
  twins?: readonly string[]
  /** Files that are left out. */
  isOmitted?: (name: string) => boolean
  /** Called for each file that is now there. */
  onFile?: (file: { bytes: number; isNew: boolean }) => void
}

/**
 * Makes a tree hold every file of another, times included; what it holds already, or a twin does, takes no room. Files are never changed in place
 * in either tree, so that a link is as good as a copy. Names that begin with a dot are left out: drafts of the store. Files that
 * go while we look are passed over.
 */
export async function mirrorTree({
  from,
  to,
  twins = [],
  isOmitted = () => false,
  onFile = () => {},
}: Mirror): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  const touched = new Set<string>([to])
  const files = eachFile(from)
  const lane = async () => {
    for (let next = await files.next(); !next.done; next = await files.next()) {
      if (isOmitted(next.value)) continue
      const file = await mirrorFile(next.value, { from, to, twins, touched })
      if (file) onFile(file)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  // A new name is an entry of its folder: durable when that is.
  for (const folder of touched) await syncFolder(folder)
}

async function mirrorFile(
  name: string,
  {
    from,
    to,
    twins,
    touched,
  }: Required<Pick<Mirror, 'from' | 'to' | 'twins'>> & { touched: Set<string> },
) {
  const [source, target] = [path.join(from, name), path.join(to, name)]
  const original = await statFile(source)
  if (!original) return undefined
  const isSame = (other: typeof original | undefined) =>
    other?.size === original.size && Math.abs(other.mtimeMs - original.mtimeMs) < ROUNDING_MS
  if (isSame(await statFile(target))) return { bytes: original.size, isNew: false }

  for (let folder = path.dirname(target); !touched.has(folder); folder = path.dirname(folder))
    touched.add(folder)
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  await rm(target, { force: true })
  for (const twin of twins) {
    const candidate = path.join(twin, name)
    if (isSame(await statFile(candidate)) && (await linkFile(candidate, target)))
      return { bytes: original.size, isNew: false }
  }
  const isThere = await copyDurably(source, target, original)
  return isThere ? { bytes: original.size, isNew: true } : undefined
}

/** False where links are not possible: another file system, or too many links. */
async function linkFile(existing: string, target: string): Promise<boolean> {
  try {
    await link(existing, target)
    return true
  } catch (error) {
    if (['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'ENOENT'].includes(errorCodeOf(error) ?? ''))
      return false
    throw error
  }
}

/** The name appears when the bytes are durable; the draft's own name begins with a dot. False when the source has gone. */
async function copyDurably(
  source: string,
  target: string,
  { atime, mtime }: { atime: Date; mtime: Date },
) {
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.draft`)
  try {
    await rm(draft, { force: true })
    await copyFile(source, draft, constants.COPYFILE_FICLONE)
    await utimes(draft, atime, mtime)
    await using handle = await open(draft, 'r+')
    await handle.sync()
  } catch (error) {
    await rm(draft, { force: true })
    if (errorCodeOf(error) === 'ENOENT' && !(await statFile(source))) return false
    throw error
  }
  await rename(draft, target)
  return true
}

/** How many files a tree has, and how large they are in all. */
export async function measureTree(folder: string): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 }
  for await (const name of eachFile(folder)) {
    const found = await statFile(path.join(folder, name))
    if (!found) continue
    total.files++
    total.bytes += found.size
  }
  return total
}

/** Paths below the folder, one after the other; none when it is missing. */
async function* eachFile(root: string, below = ''): AsyncGenerator<string, undefined> {
  const folder = await opendir(path.join(root, below)).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  })
  for await (const entry of folder ?? []) {
    if (entry.name.startsWith('.')) continue
    const name = path.join(below, entry.name)
    if (entry.isDirectory()) yield* eachFile(root, name)
    else if (entry.isFile()) yield name
  }
}

async function statFile(file: string) {
  try {
    const found = await stat(file)
    return found.isFile() ? found : undefined
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error) ?? '')) return undefined
    throw error
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}
