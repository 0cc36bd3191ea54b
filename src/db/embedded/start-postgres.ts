import { mkdir, realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { takeLockFile } from '../../lib/lock-file.ts'
import { createCluster } from './create-cluster.ts'
import { launchServer, waitWhileUnready } from './launch-server.ts'
import { type Layout, layoutOf } from './layout.ts'
import { attachTo, type EmbeddedPostgres } from './running-server.ts'
import { findServerBinaries } from './server-binaries.ts'
import { assertOwner, chooseServerUser } from './server-user.ts'
import { makeSocketFolder } from './socket-folder.ts'

export type { EmbeddedPostgres } from './running-server.ts'
export { findRunningPostgres } from './running-server.ts'

type StartOptions = {
  /** A folder for the server alone, made when missing. */
  readonly dataDir: string
  /** Where its socket is to be, that of a server which died: those who know it find the new one. */
  readonly socketFolder?: string
  /** Gets a line a step that takes time. */
  readonly log?: (line: string) => void
}

/** Longer than the start that another process may be in the middle of. */
const LOCK_TIMEOUT_MS = 600_000

/**
 * Starts the PostgreSQL server of the npm package on a folder, making the database the first time; or attaches to the one
 * that runs there, because another process started it or was killed and left it. Of many callers at once one starts it.
 * @throws Error saying what to do when the platform has no package, or the folder cannot be used.
 */
export async function startPostgres({
  dataDir,
  socketFolder,
  log = () => {},
}: StartOptions): Promise<EmbeddedPostgres> {
  // Those above, if made too, let the user pass through who may stand in for root.
  await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const layout = layoutOf(await realpath(dataDir))
  await assertOwner(layout)
  const lock = await waitForLock(layout.lock)
  try {
    const running = await waitWhileUnready(layout)
    if (!running) return await start(layout, { socketFolder, log })
    log(`PostgreSQL runs already, process ${running.pid}`)
    return attachTo(layout, running)
  } finally {
    await lock.release()
  }
}

async function start(
  layout: Layout,
  { socketFolder: wanted, log }: { socketFolder: string | undefined; log: (line: string) => void },
): Promise<EmbeddedPostgres> {
  const user = await chooseServerUser(layout)
  const bin = await findServerBinaries(layout.dataDir, user)
  log(`Starting PostgreSQL in ${layout.dataDir}`)
  await createCluster(layout, { bin, user })
  const socketFolder = await makeSocketFolder(layout, user, wanted)
  const server = await launchServer(layout, { bin, user, socketFolder })
  return { ...attachTo(layout, server), attached: false }
}

async function waitForLock(file: string) {
  for (const end = Date.now() + LOCK_TIMEOUT_MS; Date.now() < end; await sleep(25)) {
    const lock = await takeLockFile(file, 'starting PostgreSQL')
    if (lock.taken) return lock
  }
  throw new Error(`Another process has been starting PostgreSQL for long; it holds ${file}`)
}
