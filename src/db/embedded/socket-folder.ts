import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Layout, PORT } from './layout.ts'
import { giveAway, type ServerUser } from './server-user.ts'

/** Room for a socket's path: 107 bytes on Linux, 103 on macOS. */
const MAX_SOCKET_PATH = 103

const OUTSIDE = 'trackside-'

/**
 * An empty folder for the socket that nobody but the server's user, and root, can enter: that is what makes the password-less
 * `trust` safe. In the data folder; when that path is too long, a new one in the system's temporary folder, whose
 * random name cannot be taken beforehand. Those who attach read where it is from `postmaster.pid`.
 *
 * @param wanted the folder of a server that died, to be used again
 */
export async function makeSocketFolder(
  { socket }: Layout,
  user: ServerUser,
  wanted?: string,
): Promise<string> {
  await rm(socket, { recursive: true, force: true }) // a dead server's socket, whose pid may be given out again
  if (fits(socket)) {
    await mkdir(socket, { mode: 0o700 })
    await giveAway(socket, user)
    return socket
  }
  if (wanted !== undefined) {
    await rm(wanted, { recursive: true, force: true })
    await mkdir(wanted, { mode: 0o700 }) // fails when somebody took the name in between
    await giveAway(wanted, user)
    return wanted
  }
  const parent = [tmpdir(), '/tmp'].find((folder) => fits(path.join(folder, `${OUTSIDE}xxxxxx`)))
  const outside = await mkdtemp(path.join(parent ?? '/tmp', OUTSIDE))
  await giveAway(outside, user)
  return outside
}

/** Removes the folder if it is one of the temporary ones, and empty as a stopped server leaves it. */
export async function removeSocketFolder(folder: string): Promise<void> {
  if (path.basename(folder).startsWith(OUTSIDE)) await rmdir(folder).catch(() => {})
}

const fits = (folder: string) =>
  Buffer.byteLength(path.join(folder, `.s.PGSQL.${PORT}`)) <= MAX_SOCKET_PATH
