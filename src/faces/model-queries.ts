import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../db/connect.ts'
import { FACE_MODEL } from './engine/face-model.ts'
import type { ReindexShare } from './reindex-share.ts'

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

/**
 * Events that the wanted model has not seen whole: whose searches stay with another one, and whose videos have parts that it has
 * not looked at. With how many photos and videos they have, and of how many it has seen all.
 */
export const findSwitchingEvents = (db: Db) =>
  db
    .with('photos', (cte) =>
      cte
        .selectFrom('photo')
        .where('facesIndexedAt', 'is not', null)
        .where('eventId', 'in', (eb) => eb.selectFrom('eventFaceModel').select('eventId'))
        .groupBy('eventId')
        .select(({ fn }) => [
          'eventId',
          fn.countAll<string>().as('photos'),
          fn
            .countAll<string>()
            .filterWhere(sql<boolean>`wanted_face_model() = any(face_models)`)
            .as('seen'),
        ]),
    )
    .with('parts', (cte) =>
      cte
        .selectFrom('videoSegment')
        .where('indexedAt', 'is not', null)
        .groupBy(['eventId', 'videoId'])
        .select([
          'eventId',
          sql<boolean>`bool_and(wanted_face_model() = any(face_models))`.as('isSeen'),
        ]),
    )
    .with('videos', (cte) =>
      cte
        .selectFrom('parts')
        .groupBy('eventId')
        .select(({ fn }) => [
          'eventId',
          fn.countAll<string>().as('videos'),
          fn.countAll<string>().filterWhere('isSeen', '=', true).as('videosSeen'),
        ]),
    )
    .selectFrom('event')
    .leftJoin('eventFaceModel as pin', 'pin.eventId', 'event.id')
    .leftJoin('photos', 'photos.eventId', 'event.id')
    .leftJoin('videos', 'videos.eventId', 'event.id')
    .where('event.deletedAt', 'is', null)
    .where(({ eb, or, and }) =>
      or([
        eb('pin.eventId', 'is not', null),
        and([eb('event.biometrics', '<>', 'none'), eb('videosSeen', '<', eb.ref('videos.videos'))]),
      ]),
    )
    .select(({ fn, val }) => [
      'event.id as eventId',
      fn.coalesce('photos', val('0')).as('photos'),
      fn.coalesce('seen', val('0')).as('seen'),
      fn.coalesce('videos', val('0')).as('videos'),
      fn.coalesce('videosSeen', val('0')).as('videosSeen'),
    ])
    .orderBy('event.id')
    .execute()

/**
 * Of a share's photos or parts of videos: those that its model has not looked at.
 *
 * @param key the text that says which share a row belongs to
 */
export const isUnseenInShare = (
  { model, share, shares }: ReindexShare,
  key: RawBuilder<string>,
): RawBuilder<boolean> =>
  sql<boolean>`(not ${model} = any(face_models) and abs(hashtext(${key})) % ${shares} = ${share})`

/** Photos of a share that its model has not looked at yet, by id. Index: photo (event_id, id). */
export const findUnseenPhotos = (
  db: Db,
  share: ReindexShare,
  { after, limit }: { after: string; limit: number },
) =>
  db
    .selectFrom('photo')
    .select(['id', 'originalKey', 'faceModels'])
    .where('eventId', '=', share.eventId)
    .where('id', '>', after)
    .where('facesIndexedAt', 'is not', null)
    .where(isUnseenInShare(share, sql`id::text`))
    .orderBy('id')
    .limit(limit)
    .execute()

/**
 * Lets an event's searches go over to the wanted model once it has seen every photo and every indexed part of a video.
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
  const unseenSegment = await tx
    .selectFrom('videoSegment')
    .select('ordinal')
    .where('eventId', '=', eventId)
    .where('indexedAt', 'is not', null)
    .where(sql<boolean>`not wanted_face_model() = any(face_models)`)
    .limit(1)
    .executeTakeFirst()
  if (unseen || unseenSegment) return false
  await tx.deleteFrom('eventFaceModel').where('eventId', '=', eventId).execute()
  await sql`
    update photo set face_models = array[wanted_face_model()]
    where event_id = ${eventId} and face_models <> array[wanted_face_model()]
      and faces_indexed_at is not null`.execute(tx)
  await sql`
    update video_segment set face_models = array(
      select distinct model from unnest(array[${FACE_MODEL.id}, wanted_face_model()]) as model)
    where event_id = ${eventId} and cardinality(face_models) > 1`.execute(tx)
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

/** The same of videos, where the built-in model's stay: by these persons are followed. Scans the event's video_face. */
export const deleteUnsearchedVideoFaces = (db: Db, eventId: number) =>
  sql`
    delete from video_face where event_id = ${eventId} and model <> ${FACE_MODEL.id}
      and model <> searched_face_model(${eventId}) and model <> wanted_face_model()`.execute(db)
