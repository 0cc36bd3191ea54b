import { Type } from 'typebox'
import { defineJob } from '../jobs/define-job.ts'
import { restampPhotos, type StampDeps } from './stamp-photo.ts'

/** Into how many jobs an event's restamping is divided: as many workers can share it. */
export const RESTAMP_SHARES = 4

export const restampJob = defineJob({
  name: 'stamp.restamp',
  input: Type.Object({
    eventId: Type.Integer(),
    share: Type.Integer(),
    shares: Type.Integer(),
  }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 50, delaySeconds: 2 },
  run: (deps: StampDeps, input, signal) => restampPhotos(deps, input, signal),
})
