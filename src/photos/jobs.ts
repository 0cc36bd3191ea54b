import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { defineJob } from '../jobs/define-job.ts'
import { type EraseDeps, ErasedPhoto, erasePhoto } from './delete-photo.ts'
import { failPhoto, type PrepareDeps, preparePhoto } from './prepare-photo.ts'
import { updateCaptureTimes } from './queries.ts'

const PhotoInput = Type.Object({ eventId: Type.Integer(), photoId: Type.String() })

/**
 * One photo a fetch: the work takes a second, and a photo that kills its worker takes no other with it. Two at a time: one is
 * decoded and stamped while the other is recognised.
 */
export const preparePhotoJob = defineJob({
  name: 'photos.prepare',
  input: PhotoInput,
  batchSize: 1,
  concurrency: 2,
  retry: { limit: 4, delaySeconds: 2 },
  run: (deps: PrepareDeps, photo, signal) => preparePhoto(deps, photo, signal),
  giveUp: async (deps, photo, reason) => {
    await failPhoto(deps, photo, reason as { code?: string; message?: string } | null)
  },
})

export const erasePhotoJob = defineJob({
  name: 'photos.erase',
  input: ErasedPhoto,
  batchSize: 20,
  concurrency: 1,
  retry: { limit: 20, delaySeconds: 5 },
  run: (deps: EraseDeps, photo) => erasePhoto(deps, photo),
})

export const retimePhotosJob = defineJob({
  name: 'photos.retime',
  input: Type.Object({ eventId: Type.Integer() }),
  batchSize: 1,
  concurrency: 1,
  retry: { limit: 10, delaySeconds: 5 },
  run: ({ db }: { db: Db }, { eventId }) => updateCaptureTimes(db, eventId),
})
