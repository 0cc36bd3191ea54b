import { CamelCasePlugin, Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { Tables } from './tables.ts'

/** The database, or a transaction of it: queries take either. */
export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>

const TIMESTAMP_WITHOUT_ZONE = 1114

/** What the database knows the connections of this process by; a role may follow after a space. */
export const OWN_APPLICATION = `trackside process ${process.pid}`

/**
 * A pool of connections. Wall times (`timestamp`) stay the text that PostgreSQL gives, in ISO form: as a `Date` they
 * would silently be read in the zone of this process.
 */
export function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    options: '-c timezone=UTC -c datestyle=ISO',
    application_name: OWN_APPLICATION,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === TIMESTAMP_WITHOUT_ZONE
          ? (text: string) => text.replace(' ', 'T')
          : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
    },
    ...config,
  })
  // An idle connection that dies (a restarted server) must not take the process with it; the next query gets a new one. Nor one
  // that the server ends while the pool is ending: by then the pool itself no longer listens.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Kysely over a pool: camelCase here, snake_case there. */
export const openDb = (pool: Pick<pg.Pool, 'connect' | 'end' | 'options'>): Db =>
  new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
