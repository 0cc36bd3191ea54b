import { Type } from 'typebox'
import { defineJob } from '../jobs/define-job.ts'
import { type ReindexDeps, reindexEvent } from './reindex-event.ts'

/** Into how many jobs the re-index of an event is divided: as many workers can share it. */
export const REINDEX_SHARES = 4

/** One at a time in each worker: photos that arrive meanwhile take turns with it. */
export const reindexFacesJob = defineJob({
  name: 'faces.reindex',
  input: Type.Object({
    eventId: Type.Integer(),
    model: Type.String(),
    share: Type.Integer(),
    shares: Type.Integer(),
  }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 10, delaySeconds: 5 },
  run: (deps: ReindexDeps, input, signal) => reindexEvent(deps, input, signal),
})
