import { sql } from 'kysely'
import type { Db, Tx } from '../db/connect.ts'
import type { Slice } from '../http/paging.ts'
import { PHOTO_COLUMNS, type PhotoRef, type PhotoRow } from '../photos/index.ts'
import { toBytes } from './embedding-bytes.ts'
import type { FoundFace } from './engine/found-face.ts'

/** Which face models an event needs: what its searches compare, and what the installation wants. */
export type FaceModelsOfEvent = { readonly searched: string; readonly wanted: string }

export async function findFaceModels(db: Db, eventId: number): Promise<FaceModelsOfEvent> {
  const { rows } = await sql<FaceModelsOfEvent>`
    select searched_face_model(${eventId}) as searched, wanted_face_model() as wanted`.execute(db)
  return rows[0]!
}

/** The model that the installation wants. */
export async function findWantedModel(db: Db): Promise<string> {
  const { rows } = await sql<{ model: string }>`select wanted_face_model() as model`.execute(db)
  return rows[0]!.model
}

/** As `findFaceModels`, and neither changes before the transaction ends. */
export async function lockFaceModels(tx: Tx, eventId: number): Promise<FaceModelsOfEvent> {
  await sql`select from setting where name = 'face_model' for share`.execute(tx)
  await sql`select from event_face_model where event_id = ${eventId} for share`.execute(tx)
  return findFaceModels(tx, eventId)
}

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

/** The next faces of an event after an id, for loading all. Index: face (event_id, id). */
export const findFacesAfter = (
  db: Db,
  {
    eventId,
    model,
    after,
    limit,
  }: { eventId: number; model: string; after: string; limit: number },
) =>
  db
    .selectFrom('face')
    .select(['id', 'embedding'])
    .where('eventId', '=', eventId)
    .where('model', '=', model)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()

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

export const findSearch = (
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
) =>
  db
    .selectFrom('faceSearch')
    .select(['id', 'confidencePercentage'])
    .where('eventId', '=', eventId)
    .where('id', '=', requestId)
    .executeTakeFirst()

/** Keeps a search and its hits. False when another search took the id first; then nothing is written. */
export async function insertSearch(
  db: Db,
  search: { eventId: number; id: string; confidencePercentage: number; model: string },
  hits: readonly { photoId: string; faceId: string; percentage: number }[],
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('faceSearch')
    .values(search)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (!numInsertedOrUpdatedRows) return false
  // Joined, so that a photo deleted or a face forgotten in this moment is left out.
  await sql`
    insert into face_search_hit (event_id, search_id, photo_id, rank, percentage, face_id)
    select ${search.eventId}, ${search.id}::uuid, hit.photo_id, hit.rank, hit.percentage, hit.face_id
    from unnest(${hits.map(({ photoId }) => photoId)}::uuid[], ${hits.map(({ faceId }) => faceId)}::bigint[],
                ${hits.map(({ percentage }) => percentage)}::real[])
      with ordinality as hit (photo_id, face_id, percentage, rank)
    join photo on photo.event_id = ${search.eventId} and photo.id = hit.photo_id
    join face on face.event_id = photo.event_id and face.id = hit.face_id
    for key share of photo, face`.execute(db)
  return true
}

export type HitRow = PhotoRow & { percentage: number }

/** One page of a stored search, best first. Index: face_search_hit (event_id, search_id, rank). */
export const findHits = (
  db: Db,
  { eventId, requestId }: { eventId: number; requestId: string },
  { offset, limit }: Slice,
): Promise<HitRow[]> =>
  hitsOf(db, { eventId, requestId })
    .select([...PHOTO_COLUMNS, 'hit.percentage'])
    .orderBy('hit.rank')
    .offset(offset)
    .limit(limit)
    .execute()

export async function countHits(
  db: Db,
  ref: { eventId: number; requestId: string },
): Promise<number> {
  const { total } = await hitsOf(db, ref)
    .select((eb) => eb.fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

const hitsOf = (db: Db, { eventId, requestId }: { eventId: number; requestId: string }) =>
  db
    .selectFrom('faceSearchHit as hit')
    .innerJoin('photo', (join) =>
      join.onRef('photo.eventId', '=', 'hit.eventId').onRef('photo.id', '=', 'hit.photoId'),
    )
    .where('hit.eventId', '=', eventId)
    .where('hit.searchId', '=', requestId)
    .where('photo.status', '=', 'done')

/** Of events that are not deleted: which model their searches compare. */
export async function findSearchedModels(
  db: Db,
  eventIds: readonly number[],
): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('event')
    .select(['id', sql<string>`searched_face_model(id)`.as('model')])
    .where('id', 'in', [...eventIds])
    .where('deletedAt', 'is', null)
    .execute()
  return new Map(rows.map(({ id, model }) => [id, model]))
}

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

/** Makes the installation want a model; waits for photos that are being stored and holds up those that follow. */
export async function updateWantedModel(tx: Tx, model: string): Promise<void> {
  await tx
    .updateTable('setting')
    .set({ value: Buffer.from(model) })
    .where('name', '=', 'face_model')
    .execute()
}

/** Lets the searches of all events stay with a model, apart from those that stay with another already. */
export async function pinEvents(tx: Tx, model: string): Promise<void> {
  await sql`
    insert into event_face_model (event_id, model)
    select id, ${model} from event where deleted_at is null
    on conflict do nothing`.execute(tx)
}

/** Events whose searches stay with another model than the wanted one, with how many photos the wanted one has seen. */
export const findSwitchingEvents = (db: Db) =>
  db
    .selectFrom('eventFaceModel as pin')
    .innerJoin('event', 'event.id', 'pin.eventId')
    .leftJoin('photo', (join) =>
      join.onRef('photo.eventId', '=', 'pin.eventId').on('photo.facesIndexedAt', 'is not', null),
    )
    .select(({ fn }) => [
      'pin.eventId',
      fn.count<string>('photo.id').as('photos'),
      fn
        .count<string>('photo.id')
        .filterWhere(sql<boolean>`wanted_face_model() = any(photo.face_models)`)
        .as('seen'),
    ])
    .where('event.deletedAt', 'is', null)
    .groupBy('pin.eventId')
    .orderBy('pin.eventId')
    .execute()

/** Photos that a model has not looked at yet, by id. Index: photo (event_id, id). */
export const findUnseenPhotos = (
  db: Db,
  {
    eventId,
    model,
    share,
    shares,
    after,
    limit,
  }: {
    eventId: number
    model: string
    share: number
    shares: number
    after: string
    limit: number
  },
) =>
  db
    .selectFrom('photo')
    .select(['id', 'originalKey', 'faceModels'])
    .where('eventId', '=', eventId)
    .where('id', '>', after)
    .where('facesIndexedAt', 'is not', null)
    .where(sql<boolean>`not ${model} = any(face_models)`)
    .where(sql<boolean>`abs(hashtext(id::text)) % ${shares} = ${share}`)
    .orderBy('id')
    .limit(limit)
    .execute()

/**
 * Lets an event's searches go over to the wanted model once it has seen every photo.
 *
 * @returns false while it has not
 */
export async function unpinEvent(tx: Tx, eventId: number): Promise<boolean> {
  // Whoever stores a photo holds this row: what it wrote is seen by the next statement.
  await sql`select from event_face_model where event_id = ${eventId} for update`.execute(tx)
  const unseen = await tx
    .selectFrom('photo')
    .select('id')
    .where('eventId', '=', eventId)
    .where('facesIndexedAt', 'is not', null)
    .where(sql<boolean>`not wanted_face_model() = any(face_models)`)
    .limit(1)
    .executeTakeFirst()
  if (unseen) return false
  await tx.deleteFrom('eventFaceModel').where('eventId', '=', eventId).execute()
  await sql`
    update photo set face_models = array[wanted_face_model()]
    where event_id = ${eventId} and face_models <> array[wanted_face_model()]
      and faces_indexed_at is not null`.execute(tx)
  return true
}

/** Lets an event's searches go over to the wanted model, whatever it has seen. */
export async function deletePin(db: Db, eventId: number): Promise<void> {
  await db.deleteFrom('eventFaceModel').where('eventId', '=', eventId).execute()
}

/** Removes some of the faces that no search of the event compares any more; gives how many. Index: face_written. */
export async function deleteUnsearchedFaces(
  db: Db,
  eventId: number,
  limit: number,
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from face where event_id = ${eventId} and id = any(array(
      select id from face
      where event_id = ${eventId} and model <> searched_face_model(${eventId})
        and model <> wanted_face_model()
      limit ${limit}))`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
