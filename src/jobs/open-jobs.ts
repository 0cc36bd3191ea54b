import type pg from 'pg'
import type { PgBoss } from 'pg-boss'

/** What is kept of a job that waits or runs: enough to do it in another database, and none of the queue's own book-keeping. */
export const JOB_COLUMNS = [
  'id',
  'name',
  'data',
  'priority',
  'singleton_key',
  'start_after',
  'source_output',
]

/** All of them, in the caller's snapshot. */
export const COPY_OPEN_JOBS = `copy (
  select ${JOB_COLUMNS.join(', ')} from pgboss.job where state < 'completed' order by name, priority desc, created_on
) to stdout`

const BATCH = 1000

/** Where the rows are put from which `restoreOpenJobs` takes them. */
export async function makeJobTable(client: pg.ClientBase): Promise<string> {
  await client.query(
    `create temporary table open_job (id uuid primary key, name text, data jsonb, priority integer, singleton_key text,
       start_after timestamptz, source_output jsonb, ordinal integer generated always as identity)`,
  )
  return `copy open_job (${JOB_COLUMNS.join(', ')}) from stdin`
}

/** Puts the jobs of `open_job` into the queues, which have to be there: those that ran begin anew. */
export async function restoreOpenJobs(client: pg.ClientBase, boss: PgBoss): Promise<number> {
  const db = {
    executeSql: async (text: string, values?: unknown[]) => client.query(text, values),
  }
  const { rows: names } = await client.query<{ name: string }>(
    'select distinct name from open_job order by name',
  )
  let restored = 0
  for (const { name } of names) {
    for (let after = 0; ; ) {
      const { rows } = await client.query(
        `select id, data, priority, singleton_key as "singletonKey", start_after as "startAfter", ordinal from open_job
         where name = $1 and ordinal > $2 order by ordinal limit $3`,
        [name, after, BATCH],
      )
      if (rows.length === 0) break
      after = rows.at(-1).ordinal
      restored += rows.length
      await boss.insert(
        name,
        rows.map(({ ordinal: _, singletonKey, startAfter, ...job }) => ({
          ...job,
          startAfter: startAfter.toISOString(),
          ...(singletonKey !== null && { singletonKey }),
        })),
        { db },
      )
    }
  }
  // Why a job was given up: shown to people.
  await client.query(
    `update pgboss.job as job set source_output = open_job.source_output from open_job
     where job.name = open_job.name and job.id = open_job.id and open_job.source_output is not null`,
  )
  return restored
}
