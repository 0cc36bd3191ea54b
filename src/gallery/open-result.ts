import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { resultNotFound, resultOfAnother } from './errors.ts'
import { findResult, type ResultRow } from './result-queries.ts'
import { hashToken } from './result-tokens.ts'

/** Who made a search, or with whom it was shared. */
export type Role = 'holder' | 'friend'

/**
 * The result that a token stands for, and for whom.
 *
 * @param as who may go on: the holder alone, or friends too
 * @throws result_not_found, result_of_another
 */
export async function openResult(
  { db }: { db: Db },
  { event, token, as }: { event: Pick<Event, 'id'>; token: string; as: 'holder' | 'anybody' },
): Promise<ResultRow & { role: Role }> {
  const hash = hashToken(token)
  const row = await findResult(db, { eventId: event.id, hash })
  if (!row) throw resultNotFound()
  const role = row.tokenHash.equals(hash) ? 'holder' : 'friend'
  if (as === 'holder' && role !== 'holder') throw resultOfAnother()
  return { ...row, role }
}
