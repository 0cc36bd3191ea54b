import { isIP } from 'node:net'
import { availableParallelism, homedir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { MEMORY_SETTINGS } from './lib/memory-settings.ts'
import type { S3Settings } from './storage/s3/s3-store.ts'

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
  /** Whose X-Forwarded-* headers are believed: addresses, networks, or names of such; empty: nobody's. */
  trustedProxies: string[]
  workers: number
  /** Where photos lie; undefined: on disk, below `dataDir`. */
  s3: Omit<S3Settings, 'credentials'> | undefined
  maxPhotoBytes: number
  maxVideoBytes: number
  maxSelfieBytes: number
  faceIndexMaxBytes: number
  requestsPerMinute: number
  /** How long a server that was told to stop goes on answering, while it says that it is not ready. */
  drainMs: number
  database: {
    /** Connections of one process at most; undefined: by what it does. */
    maxConnections: number | undefined
    connectTimeoutMs: number
    /** The longest query of a server, not of workers and commands; 0: as long as it takes. */
    statementTimeoutMs: number
  }
  logLevel: string
  /** What ffmpeg and ffprobe see of the environment. */
  toolEnvironment: NodeJS.ProcessEnv
  /** `apiKey` is for commands that talk to a server elsewhere. */
  secrets: {
    databaseUrl: string | undefined
    /** For reads that may lag. */
    replicaUrl?: string | undefined
    apiKey: string | undefined
    s3: S3Settings['credentials'] | undefined
  }
}

const MIB = 2 ** 20
const GIB = 2 ** 30

/** A worker peaks at 0.85 GiB, the process that decodes for it at 0.25 (photos of 12 megapixels): as many as cores and memory carry. */
export const WORKER_BYTES = 1.25 * GIB

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
    cacheDir: readCacheDir(env),
    host: env.HOST || '127.0.0.1',
    port: whole('PORT', 8080, 0),
    publicUrl: publicUrl?.replace(/\/+$/, ''),
    trustedProxies: readProxies(env),
    s3: readS3(env),
    workers: whole('TRACKSIDE_WORKERS', Math.min(availableParallelism(), byMemory), 0),
    maxPhotoBytes: whole('TRACKSIDE_MAX_PHOTO_MB', 150, 1) * MIB,
    maxVideoBytes: whole('TRACKSIDE_MAX_VIDEO_GB', 50, 1) * GIB,
    maxSelfieBytes: 15 * MIB,
    faceIndexMaxBytes: whole('TRACKSIDE_FACE_INDEX_MB', 2048, 16) * MIB,
    requestsPerMinute: whole('TRACKSIDE_REQUESTS_PER_MINUTE', 12_000, 1),
    drainMs: whole('TRACKSIDE_DRAIN_SECONDS', 5, 0) * 1000,
    database: {
      maxConnections: env.TRACKSIDE_DATABASE_CONNECTIONS
        ? whole('TRACKSIDE_DATABASE_CONNECTIONS', 0, 2)
        : undefined,
      connectTimeoutMs: whole('TRACKSIDE_DATABASE_CONNECT_SECONDS', 10, 1) * 1000,
      statementTimeoutMs: whole('TRACKSIDE_DATABASE_QUERY_SECONDS', 0, 0) * 1000,
    },
    logLevel: env.LOG_LEVEL || 'warn',
    toolEnvironment: readToolEnvironment(env),
    secrets: {
      databaseUrl: env.DATABASE_URL || undefined,
      replicaUrl: readReplicaUrl(env),
      apiKey: env.TRACKSIDE_KEY || undefined,
      s3: readS3Credentials(env),
    },
  }
}

/** Where converted networks and compiled modules are kept: what is there can be deleted at any time. */
export const readCacheDir = (env: NodeJS.ProcessEnv = process.env): string =>
  resolve(env.TRACKSIDE_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trackside'))

/** What a program needs to find itself, its libraries, the certificates it trusts, and a place for temporary files. */
const PASSED_TO_TOOLS = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]

/**
 * The environment of programs that read strangers' files: nothing of ours but what they need, as there are secrets in it (database,
 * object store, keys).
 */
export const readToolEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(
    PASSED_TO_TOOLS.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  )

function readReplicaUrl(env: NodeJS.ProcessEnv): string | undefined {
  const url = env.DATABASE_REPLICA_URL || undefined
  if (url && !env.DATABASE_URL)
    throw new Error('DATABASE_REPLICA_URL needs DATABASE_URL, the server that it is a copy of')
  return url
}

const NAMED_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal'])

function readProxies(env: NodeJS.ProcessEnv): string[] {
  const list = (env.TRACKSIDE_TRUSTED_PROXIES ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  for (const part of list) {
    const [address = '', bits, ...rest] = part.split('/')
    const isNetwork =
      isIP(address) !== 0 && rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits))
    if (!NAMED_NETWORKS.has(part) && !isNetwork)
      throw new Error(
        `TRACKSIDE_TRUSTED_PROXIES must list addresses or networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal; not "${part}"`,
      )
  }
  return list
}

/** An object store instead of the disk; its key and secret stand with the secrets. */
function readS3(env: NodeJS.ProcessEnv): Config['s3'] {
  const bucket = env.TRACKSIDE_S3_BUCKET
  if (!bucket) return undefined
  const url = (name: string) => {
    const text = env[name]
    if (!text) return undefined
    if (!/^https?:/.test(text) || !URL.canParse(text))
      throw new Error(`${name} must be a URL such as https://s3.example.org, not "${text}"`)
    return text
  }
  const region = env.TRACKSIDE_S3_REGION || 'us-east-1'
  const endpoint = url('TRACKSIDE_S3_ENDPOINT')
  const publicEndpoint = url('TRACKSIDE_S3_PUBLIC_ENDPOINT')
  const pathStyle = env.TRACKSIDE_S3_PATH_STYLE || String(endpoint !== undefined)
  if (pathStyle !== 'true' && pathStyle !== 'false')
    throw new Error(`TRACKSIDE_S3_PATH_STYLE must be true or false, not "${pathStyle}"`)
  return {
    bucket,
    region,
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    ...(publicEndpoint && { publicEndpoint }),
    pathStyle: pathStyle === 'true',
  }
}

function readS3Credentials(env: NodeJS.ProcessEnv): Config['secrets']['s3'] {
  if (!env.TRACKSIDE_S3_BUCKET) return undefined
  const needed = (name: string) => {
    const text = env[name]
    if (!text) throw new Error(`${name} is missing: TRACKSIDE_S3_BUCKET needs a key and its secret`)
    return text
  }
  const sessionToken = env.TRACKSIDE_S3_SESSION_TOKEN
  return {
    accessKeyId: needed('TRACKSIDE_S3_ACCESS_KEY_ID'),
    secretAccessKey: needed('TRACKSIDE_S3_SECRET_ACCESS_KEY'),
    ...(sessionToken && { sessionToken }),
  }
}

/** The environment of worker processes: ours, with memory kept for the next picture. What the operator sets of glibc's counts more. */
export const workerEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...MEMORY_SETTINGS,
  ...env,
})
