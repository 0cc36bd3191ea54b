import type { Db } from '../db/connect.ts'
import { countPhotosByStatus } from './page-queries.ts'

type ProgressDeps = { db: Db; hasOpenJobs: (eventId: number) => Promise<boolean> }

/** How many photos are done; idle when nothing of the event waits, follow-ups such as new watermarks included. */
export async function findProgress({ db, hasOpenJobs }: ProgressDeps, eventId: number) {
  // One query: a photo that moves between two would be counted in neither.
  const { pending = 0, done = 0, failed = 0 } = await countPhotosByStatus(db, eventId)
  return {
    photos: { total: pending + done + failed, done, failed },
    videos: { total: 0, done: 0, failed: 0 },
    idle: pending === 0 && !(await hasOpenJobs(eventId)),
  }
}
