import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { pino } from 'pino'
import type { Config } from './config.ts'
import { createPool, type Db, OWN_APPLICATION, openDb } from './db/connect.ts'
import { readDatabaseUrl } from './db/read-database-url.ts'
import { openReadPool } from './db/replica.ts'
import { OBJECTS_PATH } from './downloads/index.ts'
import { FACE_MODEL } from './faces/engine/face-model.ts'
import { type EventFaces, openEventFaces } from './faces/index.ts'
import { type Hidings, openHidings } from './hiding/index.ts'
import { openQueue, type Queue } from './jobs/queue.ts'
import { type Decoder, openDecoder } from './media/decoder/open-decoder.ts'
import { createRunTool, type RunTool } from './media/run-ffmpeg.ts'
import { JOBS } from './pipeline.ts'
import { openRecognition, type Recognition } from './recognition.ts'
import { createDiskStore } from './storage/disk-store.ts'
import type { ObjectStore } from './storage/object-store.ts'
import { createS3Store } from './storage/s3/s3-store.ts'

/** Everything that is connected to something, made here and nowhere else, and handed to who needs it. */
export type Context = {
  config: Config
  log: FastifyBaseLogger
  pool: pg.Pool
  db: Db
  /** The replica while there is one and it is close behind, else as `db`: for reads that may lag. */
  readDb: Db
  store: ObjectStore
  signingSecret: string
  queue: Queue
  recognition: Recognition
  decode: Decoder['decode']
  giveBack: Decoder['giveBack']
  runTool: RunTool
  faceModel: typeof FACE_MODEL
  eventFaces: EventFaces
  hidings: Hidings
  close(): Promise<void>
}

/** What a process does: `serve` answers selfies in a bounded pool, `work` takes jobs. */
export type Role = 'serve' | 'work' | 'tool'

const QUEUE_OF_SELFIES = 16
/** Who would wait longer is asked to come again: people do not look at a spinner for longer. */
const LONGEST_SELFIE_WAIT_MS = 6000
const QUEUE_OF_PICTURES = 64
/** As many as a worker prepares side by side. */
const PICTURES_AT_ONCE = 2
const MAX_CONNECTIONS: Record<Role, number> = { serve: 20, work: 8, tool: 4 }

/**
 * Connects to a database that is migrated and builds all dependencies.
 *
 * @param connection how to reach PostgreSQL: of the embedded server, or a URL
 */
export async function openContext(
  config: Config,
  {
    role,
    connection,
    log = createLogger(config),
  }: { role: Role; connection: pg.PoolConfig; log?: FastifyBaseLogger },
): Promise<Context> {
  const { maxConnections, connectTimeoutMs, statementTimeoutMs } = config.database
  const poolOptions = {
    max: maxConnections ?? MAX_CONNECTIONS[role],
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: `${OWN_APPLICATION} ${role}`,
    // What workers and commands do may take as long as an event is large.
    ...(role === 'serve' && statementTimeoutMs > 0 && { statement_timeout: statementTimeoutMs }),
  }
  const pool = createPool({ ...connection, ...poolOptions })
  const db = openDb(pool)
  const readPool = role === 'serve' && openReplica(config, { pool, poolOptions, log })
  const readDb = readPool ? openDb(readPool) : db
  const signingSecret = await findSigningSecret(pool)
  const store = await openStore(config, signingSecret)
  const queue = await openQueue(
    { pool },
    {
      jobs: JOBS,
      supervise: role === 'work',
      onError: (err) => log.error({ err }, 'job queue'),
    },
  )
  const maxQueue = role === 'serve' ? QUEUE_OF_SELFIES : QUEUE_OF_PICTURES
  const decoder = openDecoder({ size: role === 'work' ? PICTURES_AT_ONCE : 1, maxQueue })
  const recognition = openRecognition({
    cacheDir: config.cacheDir,
    modelsDir: config.modelsDir,
    threads: 1,
    maxQueue,
    ...(role === 'serve' && { maxWaitMs: LONGEST_SELFIE_WAIT_MS }),
    decode: decoder.decode,
    giveBack: decoder.giveBack,
  })
  const eventFaces = openEventFaces({ db, pool, store }, { maxBytes: config.faceIndexMaxBytes })
  return {
    config,
    log,
    pool,
    db,
    readDb,
    store,
    signingSecret,
    queue,
    recognition,
    decode: decoder.decode,
    giveBack: decoder.giveBack,
    runTool: createRunTool(config.toolEnvironment),
    faceModel: FACE_MODEL,
    eventFaces,
    hidings: openHidings({ store }),
    async close() {
      await queue.stop()
      await recognition.stop()
      await decoder.stop()
      // Not by Kysely: it ends no pool that it has never asked, and idle connections hold up the process for half a minute.
      if (readPool) await readPool.end()
      await pool.end()
    },
  }
}

function openReplica(
  { secrets }: Config,
  { pool, poolOptions, log }: { pool: pg.Pool; poolOptions: pg.PoolConfig; log: FastifyBaseLogger },
) {
  const { replicaUrl } = secrets
  if (replicaUrl === undefined) return undefined
  const replica = createPool({
    ...readDatabaseUrl(replicaUrl, 'DATABASE_REPLICA_URL'),
    ...poolOptions,
  })
  return openReadPool({ primary: pool, replica }, ({ isUsed, error }) => {
    if (isUsed) log.warn('the read replica is in use')
    else log.warn({ err: error }, 'the read replica is not in use: it is behind or does not answer')
  })
}

/** The disk, or the bucket that is named; a bucket that cannot be used is told at the start, not at the first photo. */
async function openStore(config: Config, signingSecret: string): Promise<ObjectStore> {
  const { s3, secrets } = config
  if (s3 && secrets.s3) {
    const store = createS3Store({ ...s3, credentials: secrets.s3 })
    await store.prepareBucket()
    return store
  }
  const directory = join(config.dataDir, 'objects')
  return createDiskStore({ directory, signingSecret, basePath: OBJECTS_PATH })
}

/** Structured logs on standard error; headers that carry keys never reach them. */
export const createLogger = (config: Pick<Config, 'logLevel'>): FastifyBaseLogger =>
  pino(
    {
      level: config.logLevel,
      redact: {
        paths: ['*.headers["x-api-key"]', 'headers["x-api-key"]', '*.embedding'],
        censor: '***',
      },
    },
    pino.destination({ dest: 2, sync: true }),
  )

/** The secret that signs URLs: made once, shared by every process through the database. */
async function findSigningSecret(pool: pg.Pool): Promise<string> {
  await pool.query(
    `insert into setting (name, value) values ('signing_secret', $1) on conflict do nothing`,
    [randomBytes(32)],
  )
  const { rows } = await pool.query<{ value: Buffer }>(
    `select value from setting where name = 'signing_secret'`,
  )
  return rows[0]!.value.toString('base64url')
}
