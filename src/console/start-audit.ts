import type { Db } from '../db/connect.ts'
import { extendSample } from './audit-queries.ts'

export type AuditRef = { eventId: number; seed: number }

/**
 * Draws a sample of the event's finished photos, whatever was read in them: the same seed draws the same photos. A sample that
 * exists is kept and made larger when more are asked for, so an audit can be left and gone on with.
 */
export async function startAudit(
  { db }: { db: Db },
  audit: AuditRef,
  photos: number,
): Promise<void> {
  await db.transaction().execute((tx) => extendSample(tx, audit, photos))
}
