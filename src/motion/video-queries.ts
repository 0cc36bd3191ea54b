import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import type { Slice } from '../http/paging.ts'
import type { VideoCounts } from '../photos/index.ts'
import type { VideoRef } from './store-video.ts'

export type Video = Selectable<Tables['video']>

/** False when the event has a video with these bytes already. */
export async function insertVideo(db: Db, video: Insertable<Tables['video']>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('video')
    .values(video)
    .onConflict((conflict) => conflict.columns(['eventId', 'sha256']).doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Index: video (event_id, sha256). */
export const findVideoByHash = (db: Db, eventId: number, sha256: Buffer) =>
  db
    .selectFrom('video')
    .select('id')
    .where('eventId', '=', eventId)
    .where('sha256', '=', sha256)
    .executeTakeFirst()

/** Which of these hashes the event has. Index: video (event_id, sha256). */
export async function findKnownVideoHashes(
  db: Db,
  eventId: number,
  hashes: readonly Buffer[],
): Promise<Buffer[]> {
  const rows = await db
    .selectFrom('video')
    .select('sha256')
    .where('eventId', '=', eventId)
    .where('sha256', '=', sql<Buffer>`any(${hashes})`)
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

export const findVideo = (db: Db, { eventId, videoId }: VideoRef): Promise<Video | undefined> =>
  db
    .selectFrom('video')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', videoId)
    .executeTakeFirst()

/** Holds the row until the transaction ends: of two segments done at once the second sees the first. */
export const lockVideo = (db: Db, { eventId, videoId }: VideoRef): Promise<Video | undefined> =>
  db
    .selectFrom('video')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', videoId)
    .forUpdate()
    .executeTakeFirst()

export const updateVideo = (
  db: Db,
  { eventId, videoId }: VideoRef,
  change: Updateable<Tables['video']>,
) =>
  db
    .updateTable('video')
    .set(change)
    .where('eventId', '=', eventId)
    .where('id', '=', videoId)
    .execute()

/** Lets failed videos whose file was kept wait again; returns their ids. Index: video (event_id, id). */
export async function resetFailedVideos(
  db: Db,
  { eventId, videoId }: { eventId: number; videoId?: string },
): Promise<string[]> {
  const rows = await db
    .updateTable('video')
    .set({ status: 'pending', errorCode: null, error: null })
    .where('eventId', '=', eventId)
    .where('status', '=', 'failed')
    .where('originalKey', 'is not', null)
    .$if(videoId !== undefined, (query) => query.where('id', '=', videoId!))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function deleteVideoRow(db: Db, { eventId, videoId }: VideoRef): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('video')
    .where('eventId', '=', eventId)
    .where('id', '=', videoId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export type ListedVideo = Video & { segments: number; segmentsDone: number }

/** An event's videos with the share of each that is indexed. */
const listedVideos = (db: Db, eventId: number) =>
  db
    .selectFrom('video')
    .selectAll('video')
    .select((eb) => {
      const segments = eb
        .selectFrom('videoSegment as segment')
        .whereRef('segment.eventId', '=', 'video.eventId')
        .whereRef('segment.videoId', '=', 'video.id')
      return [
        segments.select(sql<number>`count(*)::int`.as('n')).$asScalar().$notNull().as('segments'),
        segments
          .select(sql<number>`count(segment.indexed_at)::int`.as('n'))
          .$asScalar()
          .$notNull()
          .as('segmentsDone'),
      ]
    })
    .where('eventId', '=', eventId)

/** A page of an event's videos in order of arrival. Index: video (event_id, id). */
export async function findVideoPage(
  db: Db,
  eventId: number,
  { offset, limit }: Slice,
): Promise<{ rows: ListedVideo[]; total: number }> {
  const rows = await listedVideos(db, eventId).orderBy('id').offset(offset).limit(limit).execute()
  return { rows, total: (await countVideos(db, eventId)).total }
}

/** One video as lists show it. Index: video (event_id, id). */
export const findListedVideo = (
  db: Db,
  { eventId, videoId }: VideoRef,
): Promise<ListedVideo | undefined> =>
  listedVideos(db, eventId).where('id', '=', videoId).executeTakeFirst()

export async function countVideos(db: Db, eventId: number): Promise<VideoCounts> {
  const { rows } = await sql<VideoCounts>`
    select count(*)::int as total,
           (count(*) filter (where status = 'done'))::int as done,
           (count(*) filter (where status = 'failed'))::int as failed
    from video where event_id = ${eventId}`.execute(db)
  return rows[0]!
}

/** Says which footage of an event has been indexed: another text whenever there is more, or some was looked at anew or by another face model. */
export async function findFootage(db: Db, eventId: number): Promise<string> {
  const { rows } = await sql<{ footage: string }>`
    select concat(count(*), ' until ', max(indexed_at), ' by ', sum(cardinality(face_models))) as footage
    from video_segment where event_id = ${eventId} and indexed_at is not null`.execute(db)
  return rows[0]!.footage
}

/** Whether the event has a video, whatever its state. Index: video (event_id, id). */
export async function isVideoInEvent(db: Db, eventId: number): Promise<boolean> {
  const first = await db
    .selectFrom('video')
    .select('id')
    .where('eventId', '=', eventId)
    .limit(1)
    .executeTakeFirst()
  return first !== undefined
}

/** Videos that searches look at, with what cutting needs. */
export const findVideos = (db: Db, eventId: number, ids: readonly string[]): Promise<Video[]> =>
  db
    .selectFrom('video')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()

/** Videos whose pictures were taken within a window. Index: video (event_id, id). */
export const findVideosByTime = (
  db: Db,
  eventId: number,
  { from, to }: { from: Date; to: Date },
): Promise<Video[]> =>
  db
    .selectFrom('video')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('duration', 'is not', null)
    .where('status', '!=', 'failed')
    .where('recordedAt', '<', to)
    .where(sql<boolean>`recorded_at + make_interval(secs => duration) > ${from}`)
    .orderBy('recordedAt')
    .orderBy('id')
    .execute()

export type Segment = Selectable<Tables['videoSegment']>

/** Replaces the plan of a video that is probed again, and with it what was indexed. */
export async function replaceSegments(
  db: Db,
  { eventId, videoId }: VideoRef,
  segments: readonly { startSeconds: number; endSeconds: number }[],
) {
  await db
    .deleteFrom('videoSegment')
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .execute()
  await db
    .insertInto('videoSegment')
    .values(
      segments.map((segment, ordinal) => ({
        eventId,
        videoId,
        ordinal,
        ...segment,
        indexedAt: null,
      })),
    )
    .execute()
}

export const findSegment = (
  db: Db,
  { eventId, videoId }: VideoRef,
  ordinal: number,
): Promise<Segment | undefined> =>
  db
    .selectFrom('videoSegment')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .where('ordinal', '=', ordinal)
    .executeTakeFirst()

/** @param faceModels those that looked at it */
export const markSegmentIndexed = (
  db: Db,
  { eventId, videoId }: VideoRef,
  ordinal: number,
  faceModels: readonly string[],
) =>
  db
    .updateTable('videoSegment')
    .set({ indexedAt: new Date(), faceModels: [...faceModels] })
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .where('ordinal', '=', ordinal)
    .execute()

export async function countOpenSegments(db: Db, { eventId, videoId }: VideoRef): Promise<number> {
  const { open } = await db
    .selectFrom('videoSegment')
    .select((eb) => eb.fn.countAll<string>().as('open'))
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .where('indexedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(open)
}
