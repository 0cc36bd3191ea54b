import type { ClientBase, Pool } from 'pg'
import { type ConstructorOptions, fromKysely, PgBoss } from 'pg-boss'
import type { Static, TObject } from 'typebox'
import type { Db } from '../db/connect.ts'
import { isPermanent } from '../lib/errors.ts'
import type { BoundJob, Job } from './define-job.ts'
import { restoreOpenJobs } from './open-jobs.ts'
import { outlast } from './outlast.ts'
import { watchQueues } from './watch-queues.ts'

/** Puts jobs into the queue inside the caller's transaction: they exist exactly when its writes do. */
export type Enqueue = <Deps, Input extends TObject>(
  tx: Db,
  job: Job<Deps, Input>,
  inputs: readonly Static<Input>[],
  options?: {
    /**
     * How many jobs like these the same event has waiting before them: then events take turns, whatever the others have
     * waiting. Without it, jobs run in order of arrival.
     */
    behind?: number
  },
) => Promise<void>

export type JobObserver = (done: {
  job: string
  outcome: Outcome
  seconds: number
  error?: unknown
}) => void
type Outcome = 'completed' | 'retried' | 'given up' | 'held up'

export type Queue = {
  enqueue: Enqueue
  /** Starts to take jobs of these kinds. */
  work(jobs: readonly BoundJob[], observe: JobObserver): Promise<void>
  /** Hands back the jobs that a killed worker held. Only right when no worker lives. */
  releaseAbandoned(jobs: readonly { name: string }[]): Promise<void>
  /** True while a job about this event waits or runs. */
  hasOpenJobs(eventId: number): Promise<boolean>
  /** Which of these photos, videos or clips a job waits for or works on. */
  findWaiting(
    ids: readonly string[],
    kind?: 'photo' | 'video' | 'clip',
  ): Promise<ReadonlySet<string>>
  /** Jobs that wait or run, by kind. */
  depth(): Promise<Record<string, number>>
  /** Puts the jobs of a backup, that lie in the table of `makeJobTable`, into the queue; returns how many. */
  restore(client: ClientBase): Promise<number>
  /** Takes no more jobs, lets those that run come to an end, then closes. */
  stop(): Promise<void>
}

/** A worker that has not been heard of for so long is dead: its job goes to another. */
const HEARTBEAT_SECONDS = 20
/** Were no look at the queues to succeed, this is how often each would still be asked. */
const POLL_SECONDS = 30
/** The longest a graceful stop waits; a photo takes about a second, a crowd of faces a few. */
const STOP_MS = 25_000

const giveUpQueue = (name: string) => `${name}.given-up`

/**
 * Opens the job queue on the database and creates the queues of all job kinds. The only place that knows pg-boss.
 *
 * @param supervise true in workers: notices dead workers and clears what is old
 */
export async function openQueue(
  { pool }: { pool: Pool },
  {
    jobs,
    supervise,
    onError,
  }: {
    jobs: readonly Pick<BoundJob, 'name' | 'retry'>[]
    supervise: boolean
    onError: (error: unknown) => void
  },
): Promise<Queue> {
  const options: ConstructorOptions = {
    db: { executeSql: (text, values) => pool.query(text, values) },
    supervise,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 10,
    registerInstance: false,
    warningSlowQuerySeconds: 30,
  }
  const boss = new PgBoss(options)
  const stopping = new AbortController()
  boss.on('error', onError)
  await boss.start()
  await indexByEvent(pool)
  for (const { name, retry } of jobs) {
    const policy = {
      retryLimit: retry.limit,
      retryDelay: retry.delaySeconds,
      retryBackoff: true,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: 3600,
      deleteAfterSeconds: 24 * 3600,
      retentionSeconds: 90 * 24 * 3600,
    }
    await boss.createQueue(giveUpQueue(name), { ...policy, retryLimit: 20 })
    await boss.createQueue(name, { ...policy, deadLetter: giveUpQueue(name) })
  }

  const watches: { stop(): void }[] = []
  return {
    async enqueue(tx, job, inputs, { behind } = {}) {
      if (inputs.length === 0) return
      const db = fromKysely(tx.withoutPlugins())
      const turn = behind === undefined ? undefined : (await findTurn(db, job.name)) + behind
      const rows = inputs.map((data, index) => ({
        data,
        ...(turn !== undefined && { priority: -(turn + index) }),
        ...(job.dedupeKey && { singletonKey: job.dedupeKey(data) }),
      }))
      await boss.insert(job.name, rows, { db })
    },

    async work(bound, observe) {
      const takers = new Map<string, string[]>()
      const note = (name: string, id: string) => takers.set(name, [...(takers.get(name) ?? []), id])
      for (const job of bound) {
        for (let i = 0; i < job.concurrency; i++) {
          const id: string = await boss.work(
            job.name,
            { batchSize: job.batchSize, pollingIntervalSeconds: POLL_SECONDS, perJobResults: true },
            async (batch) => {
              const results = []
              for (const { id, data, signal } of batch) {
                const waiting = AbortSignal.any([signal, stopping.signal])
                const ran = await runOne(job, data, { signal, waiting, observe })
                results.push({ id, ...ran })
              }
              // Where there was work there is more: the queue is asked again at once.
              boss.notifyWorker(id)
              return results
            },
          )
          note(job.name, id)
        }
        const id = await boss.work(
          giveUpQueue(job.name),
          { includeMetadata: true, pollingIntervalSeconds: POLL_SECONDS },
          async ([letter]) => {
            if (letter) await job.giveUp?.(letter.data, letter.sourceOutput)
          },
        )
        note(giveUpQueue(job.name), id)
      }
      const wake = (name: string) => {
        for (const id of takers.get(name) ?? []) boss.notifyWorker(id)
      }
      watches.push(watchQueues({ pool, wake, onError }, [...takers.keys()]))
    },

    async releaseAbandoned(kinds) {
      await pool.query(
        `update pgboss.job set state = 'retry', start_after = now()
         where state = 'active' and name = any($1)`,
        [kinds.flatMap(({ name }) => [name, giveUpQueue(name)])],
      )
    },

    async hasOpenJobs(eventId) {
      const { rows } = await pool.query(
        `select from pgboss.job where state < 'completed' and data->>'eventId' = $2 and name = any($1) limit 1`,
        [jobs.map(({ name }) => name), String(eventId)],
      )
      return rows.length > 0
    },

    async findWaiting(ids, kind = 'photo') {
      if (ids.length === 0) return new Set()
      const { rows } = await pool.query<{ id: string }>(
        `select data->>$3 as id from pgboss.job
         where state < 'completed' and name = any($1) and data->>$3 = any($2)`,
        [jobs.flatMap(({ name }) => [name, giveUpQueue(name)]), ids, `${kind}Id`],
      )
      return new Set(rows.map(({ id }) => id))
    },

    async depth() {
      const { rows } = await pool.query<{ name: string; depth: number }>(
        `select name, count(*)::int as depth from pgboss.job
         where state in ('created', 'retry', 'active') group by name`,
      )
      const found = Object.fromEntries(rows.map(({ name, depth }) => [name, depth]))
      return Object.fromEntries(jobs.map(({ name }) => [name, found[name] ?? 0]))
    },

    restore: (client) => restoreOpenJobs(client, boss),

    async stop() {
      for (const watch of watches) watch.stop()
      stopping.abort()
      await boss.stop({ graceful: true, timeout: STOP_MS })
    },
  }
}

/**
 * The turn whose jobs are taken now. An event's jobs are given one turn each, from the present one on, so a turn holds at
 * most one job of each event: start-time fair queueing (Goyal, Vin, Cheng 1996), with pg-boss's priority as the tag.
 * Index: pgboss.job (name, priority desc, created_on).
 */
async function findTurn(db: ReturnType<typeof fromKysely>, name: string): Promise<number> {
  const { rows } = await db.executeSql(
    `select priority from pgboss.job where name = $1 and state < 'active' and not blocked and start_after <= now()
     order by priority desc, created_on limit 1`,
    [name],
  )
  return -(rows[0]?.priority ?? 0)
}

/** Any fixed number. */
const INDEX_LOCK = 7_236_145_902

/** Whether an event has open jobs is asked often: 0.8 s without an index while another event has 500,000. */
async function indexByEvent(pool: Pool): Promise<void> {
  const { rows } = await pool.query(`select to_regclass('pgboss.trackside_job_by_event') as found`)
  if (rows[0]?.found) return
  // One transaction: of processes that start together, one makes it.
  await pool.query(
    `select pg_advisory_xact_lock(${INDEX_LOCK});
     create index if not exists trackside_job_by_event on pgboss.job ((data->>'eventId')) where state < 'completed'`,
  )
}

/** One job: completed, tried again later, or handed to `giveUp` at once when trying again cannot help. */
async function runOne(
  job: BoundJob,
  data: unknown,
  { signal, waiting, observe }: { signal: AbortSignal; waiting: AbortSignal; observe: JobObserver },
) {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  try {
    await outlast(() => job.run(data, signal), {
      signal: waiting,
      onOutage: (error) =>
        observe({ job: job.name, outcome: 'held up', seconds: seconds(), error }),
    })
    observe({ job: job.name, outcome: 'completed', seconds: seconds() })
    return { status: 'completed' as const }
  } catch (error) {
    const final = isPermanent(error)
    observe({ job: job.name, outcome: final ? 'given up' : 'retried', seconds: seconds(), error })
    return {
      status: final ? ('deadletter' as const) : ('failed' as const),
      output: describe(error),
    }
  }
}

/** What is kept with a failed job; `giveUp` shows it to people. */
const describe = (error: unknown) => ({
  message: error instanceof Error ? error.message : String(error),
  ...(isPermanent(error) && { code: error.code }),
})
