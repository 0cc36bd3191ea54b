import { findAllEvents } from './queries.ts'
import {
  type Findings,
  nothingFound,
  type VerifyDeps,
  verifyObjects,
  verifyRows,
} from './verify-event.ts'

/**
 * Compares rows, objects and jobs of all events, in batches, so in constant memory. May run while photos come in.
 *
 * @param repair draws missing previews, sends forgotten photos to the queue, removes stray objects, goes on erasing
 */
export async function verify(
  deps: VerifyDeps,
  wish: { repair: boolean; report: (problem: string) => void },
): Promise<Findings> {
  const findings = nothingFound()
  for (const event of await findAllEvents(deps.db)) {
    if (!event.deletedAt) {
      await verifyRows(deps, event, findings, wish)
      await verifyObjects(deps, event.id, findings, wish)
    } else if (!(await deps.hasOpenJobs(event.id))) {
      findings.unerasedEvents++
      wish.report(`event ${event.id}: deleted, and nothing erases it`)
      if (wish.repair) await deps.db.transaction().execute((tx) => deps.erase(tx, event.id))
    }
  }
  return findings
}
