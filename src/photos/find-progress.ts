import type { Db } from '../db/connect.ts'
import { countPhotosByStatus } from './page-queries.ts'

export type VideoCounts = { total: number; done: number; failed: number }

type ProgressDeps = {
  db: Db
  hasOpenJobs: (eventId: number) => Promise<boolean>
  countVideos: (eventId: number) => Promise<VideoCounts>
}

/** How many photos and videos are done; idle when nothing of the event waits, follow-ups such as new watermarks included. */
export async function findProgress(
  { db, hasOpenJobs, countVideos }: ProgressDeps,
  eventId: number,
) {
  // One query: a photo that moves between two would be counted in neither.
  const { pending = 0, done = 0, failed = 0 } = await countPhotosByStatus(db, eventId)
  const videos = await countVideos(eventId)
  const isWaiting = pending > 0 || videos.done + videos.failed < videos.total
  return {
    photos: { total: pending + done + failed, done, failed },
    videos,
    idle: !isWaiting && !(await hasOpenJobs(eventId)),
  }
}
