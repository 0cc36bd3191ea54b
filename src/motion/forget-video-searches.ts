import type { Db } from '../db/connect.ts'
import { deleteVideoSearch } from './clip-queries.ts'
import { deleteMatches } from './track-queries.ts'

/** Forgets what selfies matched in videos, and the searches made of it. Clips stay until their video goes: others may share them. */
export async function forgetVideoSearches(
  db: Db,
  { eventId, requestIds }: { eventId: number; requestIds: readonly string[] },
): Promise<void> {
  for (const requestId of requestIds) {
    await deleteMatches(db, { eventId, requestId })
    await deleteVideoSearch(db, { eventId, requestId })
  }
}
