import { execFile } from 'node:child_process'
import { chmod, lchown, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import type { Layout } from './layout.ts'

const run = promisify(execFile)

type Ids = { readonly uid: number; readonly gid: number }

/** How the server's programs are run. */
export type ServerUser = {
  /** Put before every command. */
  readonly prefix: readonly string[]
  /** The user to become, who then owns the data; missing when it stays ours. */
  readonly ids?: Ids
}

const OURSELVES: ServerUser = { prefix: [] }

/**
 * Root, whom PostgreSQL does not take for root: a user namespace without a mapping shows every uid as 65534, its own too,
 * while for files and signals the kernel goes on by the real one. Root's capabilities are gone, its files are not: SQL of
 * our role, a superuser, can write them, as we can who run as root. `unshare` replaces itself by the program, so its
 * pid is the server's.
 */
const DISGUISED: ServerUser = { prefix: ['unshare', '--user'] }

/** `nobody`: the same number on every Linux and mapped in containers. */
const NOBODY: Ids = { uid: 65534, gid: 65534 }

/**
 * Whom the server runs as. PostgreSQL refuses root; then it is whoever else owns the data or its folder. Where all is
 * root's it is root in disguise. Where that cannot be (many containers forbid namespaces; without capabilities root too
 * is kept out of private folders of others), it is `nobody`, who is given the data.
 * @throws Error when that user cannot reach the folder.
 */
export async function chooseServerUser({ dataDir, cluster }: Layout): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return OURSELVES
  const made = await ownerOf(cluster)
  const folder = await stat(dataDir)
  const owner = [made, folder].find((ids) => ids && ids.uid !== 0)
  if (!owner && (await canWorkIn(dataDir, DISGUISED))) return DISGUISED

  const ids = owner ?? NOBODY
  const user = { prefix: [], ids: { uid: ids.uid, gid: ids.gid } }
  if (made?.uid === 0) await giveAway(cluster, user)
  // Ours alone to look into, theirs to pass through: in a folder of root's nobody else can plant links.
  if (folder.uid === 0) await chmod(dataDir, 0o711)
  await assertReachable(dataDir, user)
  return user
}

/** File, arguments and options for `spawn` and `execFile` that run a program as that user. */
export function commandAs({ prefix, ids }: ServerUser, program: string, args: readonly string[]) {
  const [file = program, ...rest] = [...prefix, program, ...args]
  return { file, args: rest, options: { ...ids, env: {} } }
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
export async function giveAway(file: string, user: ServerUser): Promise<void> {
  if (!user.ids) return
  const { uid, gid } = user.ids
  await lchown(file, uid, gid)
  const entries = (await stat(file)).isDirectory()
    ? await readdir(file, { withFileTypes: true })
    : []
  for (const entry of entries) {
    const inner = path.join(file, entry.name)
    if (entry.isDirectory()) await giveAway(inner, user)
    else await lchown(inner, uid, gid)
  }
}

/** Asks the system, as that user: permissions may also come from groups and access lists. */
async function assertReachable(folder: string, user: ServerUser & { ids: Ids }) {
  if (await canWorkIn(folder, user)) return
  let closed = folder
  for (
    let above = path.dirname(folder);
    !(await canWorkIn(above, user));
    above = path.dirname(above)
  ) {
    closed = above
    if (above === path.dirname(above)) break
  }
  throw new Error(
    `PostgreSQL does not run as root, and user ${user.ids.uid}, whom it runs as instead, cannot enter ${closed}: choose a ` +
      `folder such as /var/lib/trackside with TRACKSIDE_DATA, open that one with "chmod o+x ${closed}", or do not run ` +
      'trackside as root',
  )
}

/** Whether the user can enter the folder, and is not root to the programs. */
async function canWorkIn(folder: string, user: ServerUser) {
  const script = 'cd "$1" && test "$(id -u)" -ne 0'
  return (await refusalOf('/bin/sh', ['-c', script, 'sh', folder], user)) === undefined
}

async function refusalOf(program: string, args: string[], user: ServerUser) {
  try {
    const command = commandAs(user, program, args)
    await run(command.file, command.args, { ...command.options, cwd: '/', timeout: 10_000 })
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
