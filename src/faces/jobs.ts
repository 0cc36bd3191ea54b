import { defineJob } from '../jobs/define-job.ts'
import { type ReindexDeps, reindexEvent } from './reindex-event.ts'
import { ReindexShare } from './reindex-share.ts'

/** Into how many jobs the re-index of an event is divided: as many workers can share it. */
export const REINDEX_SHARES = 4

/** One at a time in each worker: photos that arrive meanwhile take turns with it. */
export const reindexFacesJob = defineJob({
  name: 'faces.reindex',
  input: ReindexShare,
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 10, delaySeconds: 5 },
  run: (deps: ReindexDeps, input, signal) => reindexEvent(deps, input, signal),
})
