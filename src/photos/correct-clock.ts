import type { Db, Tx } from '../db/connect.ts'
import { eventNotFound, lockEvent } from '../events/index.ts'
import { replaceCorrection } from './queries.ts'

/**
 * Says by how many seconds a camera's clock was slow (negative: fast). Its photos' times follow by a job; photos of it that
 * come later get the same. @throws event_not_found
 */
export async function correctClock(
  { db, retime }: { db: Db; retime: (tx: Tx, eventId: number) => Promise<void> },
  correction: { eventId: number; camera: string; seconds: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await lockEvent(tx, correction.eventId))) throw eventNotFound(correction.eventId)
    await replaceCorrection(tx, correction)
    await retime(tx, correction.eventId)
  })
}
