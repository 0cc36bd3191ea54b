import { execFile } from 'node:child_process'
import { chmod, lchown, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import type { Layout } from './layout.ts'

const run = promisify(execFile)

/** The user of the server's processes, as `spawn` takes it: empty when it is our own. */
export type ServerUser = { readonly uid?: number; readonly gid?: number }

/** `nobody`: the same number on every Linux and mapped in containers. */
const NOBODY = { uid: 65534, gid: 65534 }

/**
 * Whom the server runs as. PostgreSQL refuses root; then it is whoever owns the data, or its folder, and `nobody` where
 * that is root too. Data of root's (a restored backup) is given to that user.
 * @throws Error when that user cannot reach the folder.
 */
export async function chooseServerUser({ dataDir, cluster }: Layout): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {}
  const made = await ownerOf(cluster)
  const folder = await stat(dataDir)
  const user = [made, folder].find((owner) => owner && owner.uid !== 0) ?? NOBODY
  if (made?.uid === 0) await giveAway(cluster, user)
  // Ours alone to look into, theirs to pass through: in a folder of root's nobody else can plant links.
  if (folder.uid === 0) await chmod(dataDir, 0o711)
  await assertReachable(dataDir, user)
  return { uid: user.uid, gid: user.gid }
}

/** @throws Error when the database belongs to another user and we are not root, who may act for him. */
export async function assertOwner({ dataDir, cluster }: Layout): Promise<void> {
  const self = process.getuid?.()
  const owner = (await ownerOf(cluster)) ?? (await ownerOf(dataDir))
  if (self === 0 || owner?.uid === self) return
  throw new Error(
    `The database folder ${dataDir} belongs to user ${owner?.uid}, this is user ${self}: run as that user (as root, if ` +
      `it was made by root), or give it away with "chown -R ${self} ${dataDir}"`,
  )
}

/** Why the user cannot execute the program, or its libraries are not found; undefined when all is well. */
export async function findRefusal(program: string, user: ServerUser): Promise<unknown> {
  return refusalOf(program, ['--version'], user)
}

/** Gives a file, or a folder with all in it, to the server's user; nothing to do when that is us. */
export async function giveAway(file: string, { uid, gid }: ServerUser): Promise<void> {
  if (uid === undefined || gid === undefined) return
  await lchown(file, uid, gid)
  const entries = (await stat(file)).isDirectory()
    ? await readdir(file, { withFileTypes: true })
    : []
  for (const entry of entries) {
    const inner = path.join(file, entry.name)
    if (entry.isDirectory()) await giveAway(inner, { uid, gid })
    else await lchown(inner, uid, gid)
  }
}

/** Asks the system, as that user: permissions may also come from groups and access lists. */
async function assertReachable(folder: string, user: ServerUser) {
  if (await canEnter(folder, user)) return
  let closed = folder
  for (
    let above = path.dirname(folder);
    !(await canEnter(above, user));
    above = path.dirname(above)
  ) {
    closed = above
    if (above === path.dirname(above)) break
  }
  throw new Error(
    `PostgreSQL does not run as root, and user ${user.uid}, whom it runs as instead, cannot enter ${closed}: choose a ` +
      `folder such as /var/lib/trackside with TRACKSIDE_DATA, open that one with "chmod o+x ${closed}", or do not run ` +
      'trackside as root',
  )
}

async function canEnter(folder: string, user: ServerUser) {
  return (await refusalOf('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], user)) === undefined
}

async function refusalOf(program: string, args: string[], user: ServerUser) {
  try {
    await run(program, args, { ...user, cwd: '/', env: {}, timeout: 10_000 })
    return undefined
  } catch (error) {
    return error
  }
}

async function ownerOf(file: string) {
  try {
    const { uid, gid } = await stat(file)
    return { uid, gid }
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
