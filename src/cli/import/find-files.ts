import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { whyUnreadable } from './unreadable.ts'

/** A file that its name says is a photo or a video. */
export type MediaFile = {
  readonly kind: 'photo' | 'video'
  readonly path: string
  readonly bytes: number
  readonly modifiedMs: number
}

export type FoundFiles = {
  files: MediaFile[]
  unreadable: { path: string; reason: string }[]
  /** How many files are neither by their names, for each extension. */
  others: Map<string, number>
}

const PHOTO_EXTENSIONS = /^\.(jpe?g|png|webp|tiff?|avif|hei[cf])$/i
/** The containers that are taken; others of cameras (AVI, MTS) are counted as left out. */
const VIDEO_EXTENSIONS = /^\.(mp4|m4v|mov|mkv|webm)$/i

/** What macOS, Synology and Windows put beside photos: thumbnails of theirs, which are pictures too. */
const LITTER = new Set([
  '__MACOSX',
  '@eaDir',
  '$RECYCLE.BIN',
  'System Volume Information',
  'Thumbs.db',
])

const byName = new Intl.Collator('en', { numeric: true }).compare

/**
 * Files whose names say that they are photos or videos, in folders and all folders below them, in order of name: 2 before 10.
 * Hidden files are left out. Links are followed, each folder once. What lies below and cannot be read is listed; it does not
 * stop the rest.
 *
 * @param skip folders to stay out of
 * @param signal ends the search, with an error
 * @throws Error when one of the paths themselves cannot be read
 */
export async function findFiles(
  paths: readonly string[],
  { skip = [], signal }: { skip?: readonly string[]; signal?: AbortSignal } = {},
): Promise<FoundFiles> {
  const found: FoundFiles = { files: [], unreadable: [], others: new Map() }
  const visited = new Set<string>(await Promise.all(skip.map((folder) => realpath(folder))))
  for (const path of paths) {
    try {
      await lookAt(path, { found, visited, signal })
    } catch (error) {
      throw new Error(`${path} cannot be read: ${whyUnreadable(error) ?? error}.`, { cause: error })
    }
  }
  return found
}

type Walk = { found: FoundFiles; visited: Set<string>; signal: AbortSignal | undefined }

async function lookAt(path: string, walk: Walk): Promise<void> {
  walk.signal?.throwIfAborted()
  const info = await stat(path)
  if (info.isDirectory()) return lookInto(path, walk)
  const { files, others } = walk.found
  const extension = extname(path).toLowerCase()
  const kind = info.isFile() ? kindOf(extension) : undefined
  if (kind) files.push({ kind, path, bytes: info.size, modifiedMs: info.mtimeMs })
  else others.set(extension, (others.get(extension) ?? 0) + 1)
}

function kindOf(extension: string): MediaFile['kind'] | undefined {
  if (PHOTO_EXTENSIONS.test(extension)) return 'photo'
  return VIDEO_EXTENSIONS.test(extension) ? 'video' : undefined
}

async function lookInto(folder: string, walk: Walk): Promise<void> {
  const real = await realpath(folder)
  if (walk.visited.has(real)) return
  walk.visited.add(real)
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.') && !LITTER.has(name))
  for (const name of names.sort(byName)) {
    const path = join(folder, name)
    try {
      await lookAt(path, walk)
    } catch (error) {
      const reason = whyUnreadable(error)
      if (reason === undefined) throw error
      walk.found.unreadable.push({ path, reason })
    }
  }
}

/** `3 other files left out (2 xmp, 1 mov)`; undefined when there are none. */
export function describeOthers({ others }: Pick<FoundFiles, 'others'>): string | undefined {
  const total = others.values().reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const kinds = [...others]
    .sort(([, a], [, b]) => b - a)
    .map(([extension, count]) => `${count} ${extension.slice(1) || 'without extension'}`)
  const shown = kinds.length > 5 ? [...kinds.slice(0, 5), '…'] : kinds
  return `${total} other ${total === 1 ? 'file' : 'files'} left out (${shown.join(', ')})`
}

/** How a file is called where it arrives. */
export const nameOf = ({ path }: Pick<MediaFile, 'path'>): string => basename(path)
