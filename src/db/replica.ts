import type pg from 'pg'

/** How far a replica may be behind before nobody is sent to it. */
const MAX_LAG_MS = 5000
const BEAT_EVERY_MS = 1000

/** The row of `setting` whose way to the replica is timed. */
const BEAT = 'replica_beat'

export type ReadPool = Pick<pg.Pool, 'connect' | 'end' | 'options'> & {
  /** Milliseconds that the replica was behind when last asked; undefined while it is not used. */
  lagMs(): number | undefined
}

/**
 * A pool for reads that may lag: connections of the replica while it is close behind, else of the primary. A heartbeat in a row of the
 * primary tells how far behind it is: right for any kind of replication, and both times are of the primary's clock. A
 * query that fails on the replica's side is asked again of the primary.
 */
export function openReadPool(
  { primary, replica }: { primary: pg.Pool; replica: pg.Pool },
  onChange: (state: { isUsed: boolean; error?: unknown }) => void,
): ReadPool {
  let lagMs: number | undefined
  const note = (next: number | undefined, error?: unknown) => {
    const wasUsed = lagMs !== undefined
    lagMs = next
    if (wasUsed !== (next !== undefined)) onChange({ isUsed: next !== undefined, error })
  }

  let beating = false
  const beat = async () => {
    if (beating) return
    beating = true
    try {
      const lag = await measureLag(primary, replica)
      note(lag <= MAX_LAG_MS ? lag : undefined)
    } catch (error) {
      note(undefined, error)
    } finally {
      beating = false
    }
  }
  const timer = setInterval(() => void beat(), BEAT_EVERY_MS)
  timer.unref()
  void beat()

  return {
    options: replica.options,
    lagMs: () => lagMs,
    connect: (async () => {
      const client =
        lagMs === undefined
          ? undefined
          : await replica.connect().catch((error) => note(undefined, error))
      return client ? askAgain(client, primary) : primary.connect()
    }) as pg.Pool['connect'],
    async end() {
      clearInterval(timer)
      await replica.end()
    },
  }
}

/** Writes the time into the primary and looks which one has arrived; a replica without any is endlessly behind. */
async function measureLag(primary: pg.Pool, replica: pg.Pool): Promise<number> {
  const { rows: seen } = await replica.query<{ at: string }>(
    `select convert_from(value, 'UTF8') as at from setting where name = $1`,
    [BEAT],
  )
  const { rows } = await primary.query<{ now: string }>(
    `insert into setting (name, value) values ($1, convert_to((extract(epoch from now()) * 1000)::bigint::text, 'UTF8'))
     on conflict (name) do update set value = excluded.value returning convert_from(value, 'UTF8') as now`,
    [BEAT],
  )
  const at = seen[0]?.at
  return at === undefined ? Number.POSITIVE_INFINITY : Number(rows[0]?.now) - Number(at)
}

/** Conflict with what the primary replays, shutdown, lost connection, a table that has not arrived, a write by mistake. */
const REPLICA_FAILURES = /^(40001|40P01|57P0[1-5]|08...|25006|42P01|42703)$/

const isReplicaFailure = (error: unknown) =>
  error instanceof Error &&
  (!('code' in error) ||
    typeof error.code !== 'string' ||
    REPLICA_FAILURES.test(error.code) ||
    /^E[A-Z]+$/.test(error.code))

/** A client whose failed queries go to the primary: they are reads, so asking twice harms nothing. */
function askAgain(client: pg.PoolClient, primary: pg.Pool): pg.PoolClient {
  let broken: Error | undefined
  const query = async (text: string, values?: unknown[]) => {
    try {
      return await client.query(text, values)
    } catch (error) {
      if (!isReplicaFailure(error)) throw error
      broken = error as Error
      return primary.query(text, values)
    }
  }
  return Object.assign(Object.create(client), { query, release: () => client.release(broken) })
}
