import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import { eachBatch } from './each-batch.ts'

/** Every video of an event, in batches. Index: video (event_id, id). */
export const eachVideo = (db: Db, eventId: number, size: number) =>
  eachBatch((after) =>
    db
      .selectFrom('video')
      .select(['id', 'status', 'originalKey'])
      .where('eventId', '=', eventId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(size)
      .execute(),
  )

/** Every clip of an event, in batches. Index: video_clip (event_id, id). */
export const eachClip = (db: Db, eventId: number, size: number) =>
  eachBatch((after) =>
    db
      .selectFrom('videoClip')
      .select(['eventId', 'id', 'videoId', 'status', 'hasPreview'])
      .where('eventId', '=', eventId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(size)
      .execute(),
  )

/** Index: video_segment (event_id, video_id, ordinal). */
export const findOpenSegments = (db: Db, eventId: number, videoId: string) =>
  db
    .selectFrom('videoSegment')
    .select('ordinal')
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .where('indexedAt', 'is', null)
    .orderBy('ordinal')
    .execute()

/** Unknown ids are left out. Index: video (event_id, id). */
export const findVideoOwners = (db: Db, eventId: number, ids: readonly string[]) =>
  db
    .selectFrom('video')
    .select(['id', 'originalKey', 'status'])
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()

export type ClipRow = { id: string; videoId: string; hasPreview: boolean }

/** Unknown ids are left out. Index: video_clip (event_id, id). */
export const findClipOwners = (
  db: Db,
  eventId: number,
  ids: readonly string[],
): Promise<ClipRow[]> =>
  db
    .selectFrom('videoClip')
    .select(['id', 'videoId', 'hasPreview'])
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()

/** Forgets that clips have files, so that they are cut again. */
export const forgetClipFiles = (db: Db, eventId: number, ids: readonly string[]) =>
  db
    .updateTable('videoClip')
    .set({ status: 'pending', error: null })
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
