import { Type } from 'typebox'
import { defineJob } from '../jobs/define-job.ts'
import type { RetentionDeps } from './enforce-retention.ts'
import { type EraseDeps, erasePerson } from './erase-person.ts'
import { purgeFaces } from './switch-faces.ts'

/** Somebody waits for it, and it may read every face of an event: one at a time in each worker, tried for an hour. */
export const forgetPersonJob = defineJob({
  name: 'forgetting.erase',
  input: Type.Object({ eventId: Type.Integer(), hidingId: Type.String() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 50, delaySeconds: 2 },
  run: (deps: EraseDeps, hiding, signal) => erasePerson(deps, hiding, signal),
})

export const purgeFacesJob = defineJob({
  name: 'forgetting.purge',
  input: Type.Object({ eventId: Type.Integer() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 50, delaySeconds: 2 },
  run: (deps: RetentionDeps, { eventId }, signal) => purgeFaces(deps, eventId, signal),
})
