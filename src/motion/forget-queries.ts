import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'

export async function deleteClipsCounted(
  db: Db,
  eventId: number,
  clipIds: readonly string[],
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('videoClip')
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${clipIds}::uuid[])`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** What searches found of some persons, whoever searched. Scans the event's moments. */
export async function deleteMoments(
  db: Db,
  eventId: number,
  threads: readonly string[],
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('videoMoment')
    .where('eventId', '=', eventId)
    .where('thread', '=', sql<string>`any(${threads}::uuid[])`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Deletes persons with their faces, reads and matches, which go by cascade. Index: video_track_by_thread. */
export async function deleteThreadsCounted(db: Db, eventId: number, threads: readonly string[]) {
  const { rows } = await sql<Record<'faces' | 'readings' | 'matches' | 'tracks', string>>`
    with own as (
      select id from video_track where event_id = ${eventId} and thread = any(${threads}::uuid[])
    ), counted as (
      select (select count(*) from video_face where event_id = ${eventId} and track_id in (select id from own)) as faces,
             (select count(*) from video_bib_read where event_id = ${eventId} and track_id in (select id from own)) as readings,
             (select count(*) from video_match where event_id = ${eventId} and track_id in (select id from own)) as matches
    ), gone as (
      delete from video_track where event_id = ${eventId} and id in (select id from own) returning id
    )
    select counted.*, (select count(*) from gone) as tracks from counted`.execute(db)
  const { faces, readings, matches, tracks } = rows[0]!
  return {
    tracks: Number(tracks),
    faces: Number(faces),
    readings: Number(readings),
    matches: Number(matches),
  }
}
