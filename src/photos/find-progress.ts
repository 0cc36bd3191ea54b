import type { Db } from '../db/connect.ts'
import { countPhotos } from './page-queries.ts'

type ProgressDeps = { db: Db; hasOpenJobs: (eventId: number) => Promise<boolean> }

/** How many photos are done; idle when nothing of the event waits, follow-ups such as new watermarks included. */
export async function findProgress({ db, hasOpenJobs }: ProgressDeps, eventId: number) {
  const [pending, done, failed] = await Promise.all([
    countPhotos(db, eventId, ['pending']),
    countPhotos(db, eventId, ['done']),
    countPhotos(db, eventId, ['failed']),
  ])
  return {
    photos: { total: pending + done + failed, done, failed },
    videos: { total: 0, done: 0, failed: 0 },
    idle: pending === 0 && !(await hasOpenJobs(eventId)),
  }
}
