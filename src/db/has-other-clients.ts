import type pg from 'pg'
import { createPool, OWN_APPLICATION } from './connect.ts'

/**
 * True when another process is connected to the server. Connections of this one do not count, for the server lists them a moment
 * longer than their pool lasts.
 */
export async function hasOtherClients(connection: pg.PoolConfig): Promise<boolean> {
  const pool = createPool({ ...connection, max: 1 })
  try {
    const { rows } = await pool.query(
      `select from pg_stat_activity
       where backend_type = 'client backend' and not starts_with(application_name || ' ', $1) limit 1`,
      [`${OWN_APPLICATION} `],
    )
    return rows.length > 0
  } finally {
    await pool.end()
  }
}
