import type { Context } from './context.ts'
import { deleteOldRemovals, eraseOutdatedFaceFiles } from './faces/index.ts'
import { enforceRetention } from './forgetting/index.ts'
import { deleteExpiredDownloads, deleteOldFailures, eraseExpiredResults } from './gallery/index.ts'
import type { Metrics } from './http/metrics.ts'
import { sweepClipFolders } from './motion/index.ts'
import { bindJobs, followUps } from './pipeline.ts'

const TIDY_EVERY_MS = 3600 * 1000
/** An upload that has not moved for a day was cut off. */
const ABANDONED_MS = 24 * 3600 * 1000

/** Takes jobs until the context is closed; logs and measures each. Clears away what crashes left and what events keep no longer, once an hour. */
export async function startWorker(context: Context, { jobSeconds }: Metrics): Promise<void> {
  const { db, log, queue, store } = context
  const { enqueueVideoErase } = followUps(queue.enqueue)
  await queue.work(bindJobs(context), ({ job, outcome, seconds, error }) => {
    jobSeconds.observe({ job, outcome }, seconds)
    if (error !== undefined) log.warn({ job, outcome, err: error }, 'job did not complete')
    else log.info({ job, seconds }, 'job completed')
  })
  const tidy = () =>
    Promise.all([
      store.sweepTemporary(ABANDONED_MS),
      eraseOutdatedFaceFiles(context).then(() => deleteOldRemovals(db)),
      sweepClipFolders(),
      eraseExpiredResults({ db }),
      deleteExpiredDownloads(db),
      deleteOldFailures(db),
      enforceRetention({ db, store, enqueueVideoErase }, new Date()),
    ]).catch((err: unknown) => log.warn({ err }, 'clearing away'))
  setInterval(tidy, TIDY_EVERY_MS).unref()
  void tidy()
}
