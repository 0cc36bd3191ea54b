import type pg from 'pg'

export type TableShape = { name: string; columns: string[] }

/** The migrations that a database has, in order; none when it is empty. */
export async function findMigrations(client: pg.ClientBase) {
  const { rows: tables } = await client.query(`select to_regclass('public.migration') as found`)
  if (!tables[0]?.found) return []
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from public.migration order by name',
  )
  return rows
}

/**
 * All tables with the columns that are copied. Left out: `migration`, which the migrations fill; what PostgreSQL generates; and
 * `xid8`, ids of transactions of this one server, which rows get anew when they are inserted again (decision 0003). Tables whose rows
 * mean nothing without such an id (`face_file`), and unlogged ones, are left out whole.
 */
export async function findTables(client: pg.ClientBase): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
       and c.relname <> 'migration' and not exists (
         select from pg_attribute where attrelid = c.oid and atttypid = 'xid8'::regtype and attnotnull and not atthasdef
           and attnum > 0 and not attisdropped
       )
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.atttypid <> 'xid8'::regtype
     group by c.relname order by c.relname`,
  )
  return sortByReference(rows, await findReferences(client))
}

async function findReferences(client: pg.ClientBase) {
  const { rows } = await client.query<{ table: string; refersTo: string }>(
    `select distinct a.relname as table, b.relname as "refersTo"
     from pg_constraint k join pg_class a on a.oid = k.conrelid join pg_class b on b.oid = k.confrelid
     where k.contype = 'f' and k.connamespace = 'public'::regnamespace and a.oid <> b.oid`,
  )
  return rows
}

function sortByReference(
  tables: TableShape[],
  references: { table: string; refersTo: string }[],
): TableShape[] {
  const sorted: TableShape[] = []
  let left = tables
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name))
    const free = left.filter(
      ({ name }) =>
        !references.some(({ table, refersTo }) => table === name && names.has(refersTo)),
    )
    if (free.length === 0) throw new Error(`Tables refer to each other: ${[...names].join(', ')}`)
    sorted.push(...free)
    left = left.filter((table) => !free.includes(table))
  }
  return sorted
}

/** Where identities go on; a sequence that was never used has no value. */
export async function findSequences(client: pg.ClientBase) {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select sequencename as name, last_value::text as value from pg_sequences
     where schemaname = 'public' and last_value is not null order by sequencename`,
  )
  return rows
}

export const setSequence = (
  client: pg.ClientBase,
  { name, value }: { name: string; value: string },
) => client.query('select setval($1::regclass, $2)', [`public.${quote(name)}`, value])

export async function findServerVersion(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  return rows[0]?.server_version ?? ''
}

/** Begins a transaction that sees one instant, however long it reads. @returns the instant */
export async function beginSnapshot(client: pg.ClientBase): Promise<Date> {
  await client.query('begin isolation level repeatable read read only')
  await client.query('set local statement_timeout = 0')
  const { rows } = await client.query<{ now: Date }>('select now() as now, pg_current_snapshot()')
  return rows[0]!.now
}

export const copyOut = ({ name, columns }: TableShape) =>
  `copy (select ${columns.map(quote).join(', ')} from public.${quote(name)}) to stdout`

export const copyIn = ({ name, columns }: TableShape) =>
  `copy public.${quote(name)} (${columns.map(quote).join(', ')}) from stdin`

/** True when nothing was ever kept in the database: no event, no key. */
export async function isUnused(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
  )
  if (rows.length === 0) return true
  const names = new Set(rows.map(({ name }) => name))
  if (!['migration', 'event', 'api_key'].every((name) => names.has(name))) return false
  const used = await client.query(
    'select from public.event union all select from public.api_key limit 1',
  )
  return used.rowCount === 0
}

/** Empties all tables and keeps their triggers still, within the transaction of the caller. */
export async function prepareLoad(client: pg.ClientBase, names: readonly string[]) {
  await client.query('set local statement_timeout = 0')
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'migration'`,
  )
  await client.query(`truncate ${rows.map(({ name }) => `public.${quote(name)}`).join(', ')}`)
  for (const name of names)
    await client.query(`alter table public.${quote(name)} disable trigger user`)
}

/** Lets triggers work again. */
export async function finishLoad(client: pg.ClientBase, names: readonly string[]) {
  for (const name of names)
    await client.query(`alter table public.${quote(name)} enable trigger user`)
}

/** Without it the first searches would guess how many rows there are. */
export const analyse = (client: pg.ClientBase) => client.query('analyze')

/** Everything with a hash taken at its upload, in batches. Indexes: photo (event_id, id), video (event_id, id). */
export async function* eachOriginal(pool: pg.Pool) {
  for (const table of ['photo', 'video']) {
    for (let after = { eventId: 0, id: '00000000-0000-0000-0000-000000000000' }; ; ) {
      const { rows } = await pool.query<{
        eventId: number
        id: string
        key: string | null
        sha256: Buffer
      }>(
        `select event_id as "eventId", id, original_key as key, sha256 from public.${table}
         where (event_id, id) > ($1, $2) order by event_id, id limit 1000`,
        [after.eventId, after.id],
      )
      const last = rows.at(-1)
      if (!last) break
      for (const { key, sha256 } of rows) if (key !== null) yield { key, sha256 }
      after = last
    }
  }
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
