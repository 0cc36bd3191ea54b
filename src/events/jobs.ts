import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { defineJob } from '../jobs/define-job.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { eraseEvent } from './delete-event.ts'

export const eraseEventJob = defineJob({
  name: 'events.erase',
  input: Type.Object({ eventId: Type.Integer() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 20, delaySeconds: 5 },
  run: (deps: { db: Db; store: ObjectStore }, { eventId }) => eraseEvent(deps, eventId),
})
