import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { defineJob } from '../jobs/define-job.ts'
import { republishBibs } from './set-start-list.ts'

export const republishBibsJob = defineJob({
  name: 'bibs.republish',
  input: Type.Object({ eventId: Type.Integer() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 20, delaySeconds: 2 },
  run: (deps: { db: Db }, { eventId }, signal) => republishBibs(deps, eventId, signal),
})
