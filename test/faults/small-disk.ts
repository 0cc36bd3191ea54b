import { execFile, execFileSync } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of its own, so small that it can be filled. */
export type SmallDisk = {
  /** Fills it to the last block, or leaves room for so many bytes. */
  fill(leaveBytes?: number): Promise<void>
  /** Gives back what `fill` took. */
  free(): Promise<void>
  unmount(): Promise<void>
}

/** Why there can be no small disks here; undefined where there can. */
export function whyNoDisks(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root, to mount a small disk'
  const folder = join(tmpdir(), `trackside-mount-${process.pid}`)
  try {
    execFileSync('mkdir', ['-p', folder])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' })
    execFileSync('umount', [folder])
    return undefined
  } catch (error) {
    return `cannot mount: ${error instanceof Error ? error.message : error}`
  } finally {
    execFileSync('rmdir', [folder])
  }
}

/** Mounts one at a folder. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'tmpfs', folder])
  const filler = join(folder, '.filler')
  const free = () => rm(filler, { force: true })
  return {
    free,
    async fill(leaveBytes = 0) {
      await using handle = await open(filler, 'a', 0o600)
      for (let bytes = 2 ** 20; bytes >= 4096; ) {
        const { bytesWritten } = await handle
          .write(Buffer.alloc(bytes))
          .catch(() => ({ bytesWritten: 0 }))
        if (bytesWritten < bytes) bytes = Math.floor(bytes / 2)
      }
      const { size } = await handle.stat()
      if (leaveBytes > 0) await handle.truncate(Math.max(0, size - leaveBytes))
    },
    async unmount() {
      await run('umount', ['--lazy', folder])
    },
  }
}
