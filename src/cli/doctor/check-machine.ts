import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { promisify } from 'node:util'
import { type Config, WORKER_BYTES } from '../../config.ts'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import { type Finding, fail, messageOf, ok, warn } from './finding.ts'

const GIB = 2 ** 30
/** What all but the workers needs. */
const REST_BYTES = GIB

/** TypeScript runs as it is since Node 22.18 and 23.6. */
export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18))
    return ok(`Node ${version}`)
  return fail(
    `Node ${version} is too old: 24 is needed. "npm start" and "npx trackside" bring their own.`,
  )
}

export function checkMemory({ workers }: Pick<Config, 'workers'>): Finding {
  const limit = process.constrainedMemory() // of the container; 0, or more than there is, when there is no limit
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  const needed = workers * WORKER_BYTES + REST_BYTES
  const text = `${gigabytes(bytes)} of memory, ${workers} ${workers === 1 ? 'worker' : 'workers'}`
  if (bytes >= needed) return ok(text)
  const fitting = Math.max(1, Math.floor((bytes - REST_BYTES) / WORKER_BYTES))
  return warn(`${text} may need ${gigabytes(needed)}: set TRACKSIDE_WORKERS=${fitting}`)
}

export async function checkFfmpeg({
  toolEnvironment,
}: Pick<Config, 'toolEnvironment'>): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('ffmpeg', ['-version'], {
      timeout: 10_000,
      env: toolEnvironment,
    })
    return ok(/^ffmpeg version \S+/.exec(stdout)?.[0] ?? 'ffmpeg')
  } catch (error) {
    const what =
      errorCodeOf(error) === 'ENOENT'
        ? 'ffmpeg is not installed'
        : `ffmpeg fails: ${messageOf(error)}`
    const how =
      process.platform === 'darwin'
        ? 'brew install ffmpeg'
        : 'apt install ffmpeg, or apk add ffmpeg'
    return warn(`${what}; only videos need it (${how})`)
  }
}

/** @param isRunning trackside runs on the data folder, so the port is likely its own */
export async function checkPort(
  { host, port }: Pick<Config, 'host' | 'port'>,
  { isRunning }: { isRunning: boolean },
): Promise<Finding> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, resolve)
    })
    return ok(port === 0 ? 'Any free port' : `Port ${port} on ${host} is free`)
  } catch (error) {
    const code = errorCodeOf(error)
    if (code === 'EADDRINUSE' && isRunning)
      return ok(`Port ${port} is in use, as trackside is running`)
    if (code === 'EADDRINUSE')
      return fail(
        `Port ${port} on ${host} is in use by another program: choose one, such as PORT=${port + 1}`,
      )
    if (code === 'EACCES')
      return fail(`Port ${port} is for root only: choose one above 1023 with PORT`)
    if (code === 'EADDRNOTAVAIL')
      return fail(`HOST=${host} is no address of this machine; 0.0.0.0 is all of them`)
    return fail(`Port ${port} on ${host}: ${messageOf(error)}`)
  } finally {
    server.close()
  }
}

export const gigabytes = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GB`
