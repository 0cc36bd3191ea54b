import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import { shows } from './clip-queries.ts'

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
    .where(shows(threads))
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

/** Persons of an event's videos, some at a time. Index: video_track_by_thread. */
export async function findSomeThreads(db: Db, eventId: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('videoTrack')
    .select('thread')
    .distinct()
    .where('eventId', '=', eventId)
    .orderBy('thread')
    .limit(limit)
    .execute()
  return rows.map(({ thread }) => thread)
}

/** Videos of an event whose file is there. */
export const findIndexableVideos = (db: Db, eventId: number) =>
  db
    .selectFrom('video')
    .select(['eventId', 'id as videoId'])
    .where('eventId', '=', eventId)
    .where('originalKey', 'is not', null)
    .where('status', 'in', ['done', 'indexing'])
    .execute()

/** Deletes the faces of persons in videos that arrived before an id, and whom they matched. Index: video_track_by_video. */
export async function deleteOldVideoFaces(
  db: Db,
  { eventId, before }: { eventId: number; before: string },
): Promise<void> {
  const tracks = (table: 'videoFace' | 'videoMatch') =>
    db
      .deleteFrom(table)
      .where('eventId', '=', eventId)
      .where('trackId', 'in', (eb) =>
        eb
          .selectFrom('videoTrack')
          .select('id')
          .where('eventId', '=', eventId)
          .where('videoId', '<', before),
      )
      .execute()
  await tracks('videoFace')
  await tracks('videoMatch')
}

/** Deletes clip searches with their moments, those made before `before` if given; gives their ids. Index: video_search_by_age. */
export async function deleteVideoSearches(
  db: Db,
  eventId: number,
  before: Date,
): Promise<string[]> {
  const rows = await db
    .deleteFrom('videoSearch')
    .where('eventId', '=', eventId)
    .where('createdAt', '<', before)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes whom some searches matched. Index: video_match (event_id, request_id). */
export const deleteMatchesOf = (db: Db, eventId: number, requestIds: readonly string[]) =>
  db
    .deleteFrom('videoMatch')
    .where('eventId', '=', eventId)
    .where('requestId', '=', sql<string>`any(${requestIds}::uuid[])`)
    .execute()

/** Clips made before an instant that no search shows any more. Scans the event's clips. */
export const findUnusedClips = (db: Db, eventId: number, before: Date) =>
  db
    .selectFrom('videoClip as clip')
    .select(['clip.id', 'clip.videoId'])
    .where('clip.eventId', '=', eventId)
    .where('clip.createdAt', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('videoMoment as moment')
            .select('moment.clipId')
            .whereRef('moment.eventId', '=', 'clip.eventId')
            .whereRef('moment.clipId', '=', 'clip.id'),
        ),
      ),
    )
    .execute()
