import { constants, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import type { MediaFile } from '../import/find-files.ts'

/**
 * Moves a file, also to another disk. Nothing is overwritten: a name that is taken gets a number, `IMG (2).jpg`.
 *
 * @returns the new path; undefined when the file has changed since it was looked at, or is gone, and was left alone
 */
export async function moveFile(file: MediaFile, wanted: string): Promise<string | undefined> {
  const now = await statIfThere(file.path)
  if (now?.size !== file.bytes || now.mtimeMs !== file.modifiedMs) return undefined
  await mkdir(dirname(wanted), { recursive: true })
  const target = await freeName(wanted)
  try {
    await rename(file.path, target)
  } catch (error) {
    if (errorCodeOf(error) !== 'EXDEV') throw error
    await copyFile(file.path, target, constants.COPYFILE_EXCL)
    await rm(file.path)
  }
  return target
}

async function freeName(wanted: string): Promise<string> {
  const extension = extname(wanted)
  const stem = wanted.slice(0, wanted.length - extension.length)
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? wanted : `${stem} (${n})${extension}`
    if (!(await statIfThere(candidate))) return candidate
  }
}

async function statIfThere(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
