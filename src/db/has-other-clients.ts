import type pg from 'pg'
import { createPool } from './connect.ts'

/** True when anybody else is connected to the server. */
export async function hasOtherClients(connection: pg.PoolConfig): Promise<boolean> {
  const pool = createPool({ ...connection, max: 1 })
  try {
    const { rows } = await pool.query(
      `select from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1`,
    )
    return rows.length > 0
  } finally {
    await pool.end()
  }
}
