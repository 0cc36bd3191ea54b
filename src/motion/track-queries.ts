import { type Insertable, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import type { VideoRef } from './store-video.ts'

export type NewTrack = Insertable<Tables['videoTrack']>
export type NewFace = Insertable<Tables['videoFace']>
export type NewBibRead = Insertable<Tables['videoBibRead']>

/** Rows a statement: 65,535 parameters is PostgreSQL's limit. */
const ROWS = 1000

/** Replaces all that was found in one segment. */
export async function replaceTracks(
  db: Db,
  { eventId, videoId }: VideoRef,
  segment: number,
  found: { tracks: readonly NewTrack[]; faces: readonly NewFace[]; reads: readonly NewBibRead[] },
): Promise<void> {
  await db
    .deleteFrom('videoTrack')
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .where('segment', '=', segment)
    .execute()
  for (let at = 0; at < found.tracks.length; at += ROWS)
    await db
      .insertInto('videoTrack')
      .values(found.tracks.slice(at, at + ROWS))
      .execute()
  for (let at = 0; at < found.faces.length; at += ROWS)
    await db
      .insertInto('videoFace')
      .values(found.faces.slice(at, at + ROWS))
      .execute()
  for (let at = 0; at < found.reads.length; at += ROWS)
    await db
      .insertInto('videoBibRead')
      .values(found.reads.slice(at, at + ROWS))
      .execute()
}

/** The tracks of a video with a face each as a model sees it, for linking. Index: video_track_by_video. */
export const findTracksWithFace = (db: Db, { eventId, videoId }: VideoRef, model: string) =>
  db
    .selectFrom('videoTrack as track')
    .leftJoin('videoFace as face', (join) =>
      join
        .onRef('face.eventId', '=', 'track.eventId')
        .onRef('face.trackId', '=', 'track.id')
        .on('face.ordinal', '=', 0)
        .on('face.model', '=', model),
    )
    .selectAll('track')
    .select(['face.embedding', 'face.quality', 'face.model'])
    .where('track.eventId', '=', eventId)
    .where('track.videoId', '=', videoId)
    .orderBy('track.segment')
    .orderBy('track.startSeconds')
    .execute()

export const updateThreads = (
  db: Db,
  eventId: number,
  threads: readonly { id: string; thread: string }[],
) =>
  sql`
    update video_track as track set thread = given.thread
    from unnest(${threads.map(({ id }) => id)}::uuid[],
                ${threads.map(({ thread }) => thread)}::uuid[]) as given (id, thread)
    where track.event_id = ${eventId} and track.id = given.id`.execute(db)

/** Every face of an event's indexed videos, for an exact search. Index: video_face (event_id, track_id). */
export const findFacesOfEvent = (db: Db, { eventId, model }: { eventId: number; model: string }) =>
  db
    .selectFrom('videoFace as face')
    .innerJoin('videoTrack as track', (join) =>
      join.onRef('track.eventId', '=', 'face.eventId').onRef('track.id', '=', 'face.trackId'),
    )
    .select([
      'track.id as trackId',
      'track.videoId',
      'track.thread',
      'track.startSeconds',
      'track.endSeconds',
      'face.quality',
      'face.embedding',
    ])
    .where('face.eventId', '=', eventId)
    .where('face.model', '=', model)
    .orderBy('track.id')
    .execute()

/** Tracks of the threads that these belong to. Index: video_track_by_thread (event_id, thread). */
export const findThreads = (db: Db, eventId: number, threads: readonly string[]) =>
  db
    .selectFrom('videoTrack')
    .select(['id', 'videoId', 'thread', 'startSeconds', 'endSeconds'])
    .where('eventId', '=', eventId)
    .where('thread', '=', sql<string>`any(${threads}::uuid[])`)
    .orderBy('videoId')
    .orderBy('startSeconds')
    .execute()

/** Where persons were, in order of time. Index: video_track_by_thread. */
export const findPathsOfThreads = async (
  db: Db,
  eventId: number,
  threads: readonly string[],
): Promise<number[][]> => {
  const tracks = await db
    .selectFrom('videoTrack')
    .select('path')
    .where('eventId', '=', eventId)
    .where('thread', '=', sql<string>`any(${threads}::uuid[])`)
    .orderBy('startSeconds')
    .execute()
  return tracks.map(({ path }) => path)
}

/** All that was read on the persons on whom one of these bibs was read. Index: video_bib_read_by_key. */
export const findReadsOfThreads = (db: Db, eventId: number, bibKeys: readonly string[]) =>
  db
    .selectFrom('videoBibRead as read')
    .innerJoin('videoTrack as track', (join) =>
      join.onRef('track.eventId', '=', 'read.eventId').onRef('track.id', '=', 'read.trackId'),
    )
    .select([
      'track.thread',
      'read.trackId',
      'read.seconds',
      'read.kind',
      'read.text',
      'read.fullText',
      'read.score',
    ])
    .where('read.eventId', '=', eventId)
    .where('track.thread', 'in', (eb) =>
      eb
        .selectFrom('videoBibRead as hit')
        .innerJoin('videoTrack as own', (join) =>
          join.onRef('own.eventId', '=', 'hit.eventId').onRef('own.id', '=', 'hit.trackId'),
        )
        .select('own.thread')
        .where('hit.eventId', '=', eventId)
        .where('hit.bibKey', '=', sql<string>`any(${bibKeys})`),
    )
    .execute()

/** Keeps which persons a selfie matched; replaces what the same request matched before. */
export async function replaceMatches(
  db: Db,
  ref: { eventId: number; requestId: string },
  matches: readonly { trackId: string; percentage: number }[],
): Promise<void> {
  await deleteMatches(db, ref)
  await insertMatches(db, ref, matches)
}

/** Keeps which persons a selfie matched, beside those that the same request matched before. */
export async function insertMatches(
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
  matches: readonly { trackId: string; percentage: number }[],
): Promise<void> {
  // Joined, so that a video deleted in this moment is left out.
  await sql`
    insert into video_match (event_id, request_id, track_id, percentage)
    select ${eventId}, ${requestId}::uuid, track.id, match.percentage
    from unnest(${matches.map(({ trackId }) => trackId)}::uuid[],
                ${matches.map(({ percentage }) => percentage)}::real[]) as match (track_id, percentage)
    join video_track as track on track.event_id = ${eventId} and track.id = match.track_id
    for key share of track
    on conflict do nothing`.execute(db)
}

/** Index: video_match (event_id, request_id). */
export const deleteMatches = (
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
) =>
  db
    .deleteFrom('videoMatch')
    .where('eventId', '=', eventId)
    .where('requestId', '=', requestId)
    .execute()

/** Index: video_match (event_id, request_id). */
export const findMatches = (
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
) =>
  db
    .selectFrom('videoMatch as match')
    .innerJoin('videoTrack as track', (join) =>
      join.onRef('track.eventId', '=', 'match.eventId').onRef('track.id', '=', 'match.trackId'),
    )
    .select(['track.thread', 'match.percentage'])
    .where('match.eventId', '=', eventId)
    .where('match.requestId', '=', requestId)
    .execute()
