import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { PhotoRef } from '../photos/index.ts'
import { toBytes } from './embedding-bytes.ts'
import type { FoundFace } from './engine/found-face.ts'

/**
 * Replaces what `models` see in one photo.
 *
 * @param models those whose faces are replaced; faces of others stay
 * @param known all whose faces the photo then has
 * @returns false when the photo is gone
 */
export async function replaceFaces(
  db: Db,
  { eventId, photoId }: PhotoRef,
  {
    faces,
    models,
    known,
  }: { faces: readonly FoundFace[]; models: readonly string[]; known: readonly string[] },
): Promise<boolean> {
  const photo = await db
    .updateTable('photo')
    .set({ facesIndexedAt: new Date(), faceModels: [...known] })
    .where('eventId', '=', eventId)
    .where('id', '=', photoId)
    .returning('id')
    .executeTakeFirst()
  if (!photo) return false
  await db
    .deleteFrom('face')
    .where('eventId', '=', eventId)
    .where('photoId', '=', photoId)
    .where('model', 'in', [...models])
    .execute()
  if (faces.length > 0)
    await db
      .insertInto('face')
      .values(
        faces.map(({ score, quality, box, landmarks, embedding, model }) => ({
          eventId,
          photoId,
          score,
          quality,
          box: box.map(Math.round),
          landmarks: [...landmarks],
          embedding: toBytes(embedding),
          model,
        })),
      )
      .execute()
  return true
}

/** The faces shown for some photos. Index: face_by_photo. */
export const findFacesOfPhotos = (db: Db, eventId: number, photoIds: readonly string[]) =>
  db
    .selectFrom('face')
    .select(['id', 'photoId', 'score', 'box'])
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .where('model', '=', sql<string>`searched_face_model(${eventId})`)
    .orderBy('score', 'desc')
    .execute()

/** A point in the history of the database before which everything is settled: see `findFacesSince`. */
export async function findHorizon(db: Db): Promise<string> {
  const { rows } = await sql<{ xmin: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`.execute(db)
  return rows[0]!.xmin
}

/**
 * Faces that may have become visible since a horizon taken earlier; some are told twice. A sequence would miss those that a
 * slower transaction commits behind a faster one. Index: face_written (event_id, model, written_in).
 */
export const findFacesSince = (
  db: Db,
  { eventId, model, horizon }: { eventId: number; model: string; horizon: string },
) =>
  db
    .selectFrom('face')
    .select(['id', 'embedding'])
    .where('eventId', '=', eventId)
    .where('model', '=', model)
    .where('writtenIn', '>=', sql<string>`${horizon}::xid8`)
    .execute()

/** Faces removed since a horizon. Index: face_removal_written (event_id, removed_in). */
export const findRemovalsSince = (
  db: Db,
  { eventId, horizon }: { eventId: number; horizon: string },
) =>
  db
    .selectFrom('faceRemoval')
    .select('faceId')
    .where('eventId', '=', eventId)
    .where('removedIn', '>=', sql<string>`${horizon}::xid8`)
    .execute()

/** Faces by id with what ranking needs; those of unfinished photos are left out. Index: face (event_id, id). */
export const findFacesById = (db: Db, eventId: number, ids: readonly number[]) =>
  db
    .selectFrom('face')
    .innerJoin('photo', (join) =>
      join.onRef('photo.eventId', '=', 'face.eventId').onRef('photo.id', '=', 'face.photoId'),
    )
    .select(['face.id', 'face.photoId', 'face.embedding', 'face.quality', 'photo.capturedAt'])
    .where('face.eventId', '=', eventId)
    .where('face.id', '=', sql<string>`any(${ids}::bigint[])`)
    .where('photo.status', '=', 'done')
    .execute()

/** Forgets removals so old that every process has seen them (loaded indexes look every few seconds) and no file needs them. */
export const deleteOldRemovals = (db: Db) =>
  db
    .deleteFrom('faceRemoval')
    .where('removedAt', '<', sql<Date>`now() - interval '1 day'`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('faceFile as file')
            .select('file.eventId')
            .whereRef('file.eventId', '=', 'faceRemoval.eventId')
            .whereRef('file.horizon', '<=', 'faceRemoval.removedIn'),
        ),
      ),
    )
    .execute()
