import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'

/** Timed photos by UTC hour, ascending. Index: photo_count (event_id, list, minute). */
export async function countByHour(db: Db, eventId: number) {
  const { rows } = await sql<{ hour: Date; count: string }>`
    select date_bin('1 hour', minute, 'epoch') as hour, sum(photos) as count
    from photo_count where event_id = ${eventId} and list = 'timed'
    group by 1 having sum(photos) > 0 order by 1`.execute(db)
  return rows.map(({ hour, count }) => ({ hour, count: Number(count) }))
}
