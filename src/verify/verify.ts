import { type Findings, nothingFound, type Wish } from './findings.ts'
import { findAllEvents } from './queries.ts'
import { type VerifyDeps, verifyObjects, verifyRows } from './verify-event.ts'
import { verifyClips, verifyVideos } from './verify-videos.ts'

/**
 * Compares rows, objects and jobs of all events, in batches, so in constant memory. May run while photos come in.
 *
 * @param repair draws missing previews, cuts missing clips, sends what was forgotten to the queue, removes stray objects, goes on erasing
 */
export async function verify(deps: VerifyDeps, wish: Wish): Promise<Findings> {
  const findings = nothingFound()
  for (const event of await findAllEvents(deps.db)) {
    if (!event.deletedAt) {
      await verifyRows(deps, event, findings, wish)
      await verifyVideos(deps, event.id, findings, wish)
      await verifyClips(deps, event.id, findings, wish)
      await verifyObjects(deps, event.id, findings, wish)
    } else if (!(await deps.hasOpenJobs(event.id))) {
      findings.unerasedEvents++
      wish.report(`event ${event.id}: deleted, and nothing erases it`)
      if (wish.repair) await deps.db.transaction().execute((tx) => deps.erase(tx, event.id))
    }
  }
  return findings
}
