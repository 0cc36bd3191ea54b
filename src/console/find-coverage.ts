import type { Db } from '../db/connect.ts'
import {
  countByTimeAndCamera,
  countEntrants,
  countFindable,
  countSteps,
  findSpan,
} from './coverage-queries.ts'

/** What an event's photos cover so far: people, photos, and how far each step is for each camera. */
export async function findCoverage({ db }: { db: Db }, eventId: number) {
  const [cameras, findable, entrants] = await Promise.all([
    countSteps(db, eventId),
    countFindable(db, eventId),
    countEntrants(db, eventId),
  ])
  const sum = (key: 'total' | 'done' | 'failed' | 'untimed') =>
    cameras.reduce((total, camera) => total + camera[key], 0)
  return {
    entrants: { total: entrants.total, with_photos: entrants.covered },
    photos: {
      total: sum('total'),
      done: sum('done'),
      failed: sum('failed'),
      with_bib: findable.withBib,
      with_face: findable.withFace,
      untimed: sum('untimed'),
    },
    cameras,
  }
}

/** Lengths of time that people count in. */
const BUCKETS = [60, 300, 600, 900, 1800, 3600, 3 * 3600, 24 * 3600]
const MAX_BUCKETS = 240

/** How many photos each camera took when; the stretches are minutes for an event of some hours, longer for longer ones. */
export async function findPhotosOverTime({ db }: { db: Db }, eventId: number) {
  const span = await findSpan(db, eventId)
  const first = span?.first?.valueOf() ?? 0
  const last = span?.last?.valueOf() ?? 0
  const seconds = (last - first) / 1000
  const bucketSeconds =
    BUCKETS.find((bucket) => seconds / bucket <= MAX_BUCKETS) ??
    Math.ceil(seconds / MAX_BUCKETS / 86_400) * 86_400
  return {
    bucket_seconds: bucketSeconds,
    buckets: await countByTimeAndCamera(db, eventId, bucketSeconds),
  }
}
