import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type LockHolder, takeLockFile } from './lock-file.ts'

/** Another process runs on the data folder. */
export class DataFolderInUse extends Error {
  override name = 'DataFolderInUse'
  readonly pid: number

  constructor(directory: string, { pid, what, startedAt }: LockHolder) {
    super(
      `The data folder ${directory} is in use by process ${pid} (${what}), started ${startedAt}; ` +
        'stop it first or choose another folder with TRACKSIDE_DATA',
    )
    this.pid = pid
  }
}

/**
 * Makes this process the only one of its kind on a data folder, which is made when missing. The lock dies with the
 * process, however it ends. `what` tells the next one what runs: `trackside up`.
 * @throws DataFolderInUse while another process holds it.
 */
export async function lockDataFolder(
  directory: string,
  what: string,
): Promise<{ release(): Promise<void> }> {
  // As root the database server runs as another user, who has to pass through here; he need not list it.
  await mkdir(directory, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const lock = await takeLockFile(path.join(directory, 'trackside.lock'), what)
  if (!lock.taken) throw new DataFolderInUse(directory, lock.holder)
  return { release: lock.release }
}
