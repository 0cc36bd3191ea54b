import { availableParallelism, homedir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'

/** What the installation is told from outside. Secrets stand apart, so that the rest can be printed. */
export type Config = {
  dataDir: string
  cacheDir: string
  /** Downloaded networks: in the data folder, so that all processes of an installation have them. */
  modelsDir: string
  host: string
  port: number
  /** Absolute base of the URLs in answers; undefined: taken from each request. */
  publicUrl: string | undefined
  workers: number
  maxPhotoBytes: number
  maxSelfieBytes: number
  faceIndexMaxBytes: number
  requestsPerMinute: number
  logLevel: string
  /** `apiKey` is for commands that talk to a server elsewhere. */
  secrets: { databaseUrl: string | undefined; apiKey: string | undefined }
}

const MIB = 2 ** 20
const GIB = 2 ** 30

/** A worker peaks at about 1.3 GiB (text detection at full scale): as many as the cores and the memory carry. */
const WORKER_BYTES = 1.5 * GIB

/** Reads the environment: the only place that does. Throws an `Error` that names the variable which is wrong. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const whole = (name: string, fallback: number, least: number): number => {
    const text = env[name]
    if (text === undefined || text === '') return fallback
    const value = Number(text)
    if (!Number.isInteger(value) || value < least)
      throw new Error(`${name} must be a whole number of at least ${least}, not "${text}"`)
    return value
  }
  const publicUrl = env.TRACKSIDE_PUBLIC_URL || undefined
  if (publicUrl !== undefined && !URL.canParse(publicUrl))
    throw new Error(
      `TRACKSIDE_PUBLIC_URL must be a URL such as https://photos.example.org, not "${publicUrl}"`,
    )
  // In a container its limit counts, not the host's memory.
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  const byMemory = Math.max(1, Math.floor((memory - GIB) / WORKER_BYTES))
  const dataDir = resolve(env.TRACKSIDE_DATA || 'data')
  return {
    dataDir,
    modelsDir: join(dataDir, 'models'),
    cacheDir: resolve(
      env.TRACKSIDE_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trackside'),
    ),
    host: env.HOST || '127.0.0.1',
    port: whole('PORT', 8080, 0),
    publicUrl: publicUrl?.replace(/\/+$/, ''),
    workers: whole('TRACKSIDE_WORKERS', Math.min(availableParallelism(), byMemory), 0),
    maxPhotoBytes: whole('TRACKSIDE_MAX_PHOTO_MB', 150, 1) * MIB,
    maxSelfieBytes: 15 * MIB,
    faceIndexMaxBytes: whole('TRACKSIDE_FACE_INDEX_MB', 2048, 16) * MIB,
    requestsPerMinute: whole('TRACKSIDE_REQUESTS_PER_MINUTE', 12_000, 1),
    logLevel: env.LOG_LEVEL || 'warn',
    secrets: {
      databaseUrl: env.DATABASE_URL || undefined,
      apiKey: env.TRACKSIDE_KEY || undefined,
    },
  }
}

/**
 * The environment of worker processes: ours, with at most two heaps. glibc keeps one a thread, each as large as the largest
 * picture that passed through it (16 photos of 2048 px: 1.36 instead of 1.45 GB at the peak).
 */
export const workerEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...env,
  MALLOC_ARENA_MAX: env.MALLOC_ARENA_MAX ?? '2',
})
