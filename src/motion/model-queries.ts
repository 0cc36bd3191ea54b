import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import {
  FACE_MODEL,
  type FaceModel,
  faceModelOf,
  isUnseenInShare,
  type ReindexShare,
  toBytes,
} from '../faces/index.ts'
import type { SegmentRef } from './probe-stored-video.ts'
import type { Segment } from './video-queries.ts'

/**
 * The model whose vectors selfies are compared with in an event's videos: that of its searches, or the built-in one as long as any
 * footage lacks it, as after an upgrade. Index: video_segment (event_id, video_id, ordinal).
 */
export async function findModelOfVideos(db: Db, eventId: number): Promise<FaceModel> {
  const { rows } = await sql<{ model: string }>`
    select case when exists (
      select from video_segment
      where event_id = ${eventId} and indexed_at is not null
        and not searched_face_model(${eventId}) = any(face_models)
    ) then ${FACE_MODEL.id} else searched_face_model(${eventId}) end as model`.execute(db)
  return faceModelOf(rows[0]!.model)
}

/** Indexed segments of a share that its model has not looked at yet, in order of their key. Index: video_segment (event_id, video_id, ordinal). */
export const findUnseenSegments = (
  db: Db,
  share: ReindexShare,
  { after, limit }: { after: { videoId: string; ordinal: number }; limit: number },
): Promise<Segment[]> =>
  db
    .selectFrom('videoSegment')
    .selectAll()
    .where('eventId', '=', share.eventId)
    .where('indexedAt', 'is not', null)
    .where(sql<boolean>`(video_id, ordinal) > (${after.videoId}::uuid, ${after.ordinal}::integer)`)
    .where(isUnseenInShare(share, sql`video_id::text || ordinal::text`))
    .orderBy('videoId')
    .orderBy('ordinal')
    .limit(limit)
    .execute()

/** A look that is kept, and where the face was. */
export type KeptLook = {
  trackId: string
  ordinal: number
  seconds: number
  quality: number
  landmarks: number[] | null
  thread: string
  path: number[]
}

/** The looks of a segment, in order of time. Indexes: video_track_by_video, video_face (event_id, track_id). */
export const findLooks = (db: Db, { eventId, videoId, ordinal }: SegmentRef): Promise<KeptLook[]> =>
  db
    .selectFrom('videoTrack as track')
    .innerJoin('videoFace as face', (join) =>
      join.onRef('face.eventId', '=', 'track.eventId').onRef('face.trackId', '=', 'track.id'),
    )
    .select([
      'face.trackId',
      'face.ordinal',
      'face.seconds',
      'face.quality',
      'face.landmarks',
      'track.thread',
      'track.path',
    ])
    .where('track.eventId', '=', eventId)
    .where('track.videoId', '=', videoId)
    .where('track.segment', '=', ordinal)
    .where('face.model', '=', FACE_MODEL.id)
    .orderBy('face.seconds')
    .execute()

export type SeenLook = Pick<KeptLook, 'trackId' | 'ordinal' | 'thread'> & {
  quality: number
  embedding: Float32Array
}

/** Adds what a model sees of looks that are still kept. Index: video_face (event_id, track_id, ordinal, model). */
export async function insertSeenLooks(
  db: Db,
  { eventId, model }: { eventId: number; model: string },
  looks: readonly SeenLook[],
): Promise<void> {
  // Joined and held, so that what was forgotten meanwhile does not come back.
  await sql`
    insert into video_face (event_id, track_id, ordinal, seconds, quality, embedding, model)
    select own.event_id, own.track_id, own.ordinal, own.seconds, seen.quality, seen.embedding, ${model}
    from unnest(${looks.map(({ trackId }) => trackId)}::uuid[],
                ${looks.map(({ ordinal }) => ordinal)}::smallint[],
                ${looks.map(({ quality }) => quality)}::real[],
                ${looks.map(({ embedding }) => toBytes(embedding))}::bytea[])
      as seen (track_id, ordinal, quality, embedding)
    join video_face as own on own.event_id = ${eventId} and own.track_id = seen.track_id
      and own.ordinal = seen.ordinal and own.model = ${FACE_MODEL.id}
    for key share of own
    on conflict (event_id, track_id, ordinal, model)
      do update set quality = excluded.quality, embedding = excluded.embedding`.execute(db)
}

/** Notes that a model has looked at a segment, unless it was indexed anew meanwhile. False when it was. */
export async function markSegmentSeen(
  db: Db,
  { eventId, videoId, ordinal, indexedAt }: Segment,
  model: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('videoSegment')
    .set({ faceModels: sql`array_append(array_remove(face_models, ${model}), ${model})` })
    .where('eventId', '=', eventId)
    .where('videoId', '=', videoId)
    .where('ordinal', '=', ordinal)
    .where('indexedAt', '=', indexedAt)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
