import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import type { PhotoRef } from './store-photo.ts'

export type Photo = Selectable<Tables['photo']>

/** What the gallery shows of a photo. */
export type PhotoRow = Pick<
  Photo,
  'id' | 'eventId' | 'width' | 'height' | 'stampRecipe' | 'capturedAt'
>
export const PHOTO_COLUMNS = [
  'photo.id',
  'photo.eventId',
  'photo.width',
  'photo.height',
  'photo.stampRecipe',
  'photo.capturedAt',
] as const

/** False when the event has a photo with these bytes already. */
export async function insertPhoto(db: Db, photo: Insertable<Tables['photo']>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('photo')
    .values(photo)
    .onConflict((conflict) => conflict.columns(['eventId', 'sha256']).doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Index: photo (event_id, sha256). */
export const findPhotoByHash = (db: Db, eventId: number, sha256: Buffer) =>
  db
    .selectFrom('photo')
    .select('id')
    .where('eventId', '=', eventId)
    .where('sha256', '=', sha256)
    .executeTakeFirst()

/** Which of these hashes the event has. Index: photo (event_id, sha256). */
export async function findKnownHashes(
  db: Db,
  eventId: number,
  hashes: readonly Buffer[],
): Promise<Buffer[]> {
  const rows = await db
    .selectFrom('photo')
    .select('sha256')
    .where('eventId', '=', eventId)
    .where('sha256', '=', sql<Buffer>`any(${hashes})`)
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

export const findPhoto = (db: Db, { eventId, photoId }: PhotoRef): Promise<Photo | undefined> =>
  db
    .selectFrom('photo')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', photoId)
    .executeTakeFirst()

/** Photos of one event by id, in any order; unknown ids are left out. Index: photo (event_id, id). */
export const findPhotosById = (db: Db, eventId: number, ids: readonly string[]) =>
  db
    .selectFrom('photo')
    .select([...PHOTO_COLUMNS, 'photo.fileName', 'photo.originalKey', 'photo.contentType'])
    .where('eventId', '=', eventId)
    .where('status', '=', 'done')
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()

export const updatePhoto = (
  db: Db,
  { eventId, photoId }: PhotoRef,
  change: Updateable<Tables['photo']>,
) =>
  db
    .updateTable('photo')
    .set(change)
    .where('eventId', '=', eventId)
    .where('id', '=', photoId)
    .execute()

/**
 * Makes a prepared photo public, with its capture time derived from the camera's clock, the zone and the camera's correction.
 */
export async function publishPhoto(
  db: Db,
  { eventId, photoId }: PhotoRef,
  facts: Pick<
    Updateable<Tables['photo']>,
    'width' | 'height' | 'camera' | 'wallTime' | 'offsetMinutes' | 'keywords' | 'note'
  >,
): Promise<'published' | 'stale mark' | 'gone'> {
  const { rows } = await sql<{ isStale: boolean }>`
    update photo set
      status = 'done', error_code = null, error = null, note = ${facts.note ?? null},
      width = ${facts.width}, height = ${facts.height},
      camera = ${facts.camera}, wall_time = ${facts.wallTime}::timestamp,
      offset_minutes = ${facts.offsetMinutes}::integer, keywords = ${facts.keywords ?? []},
      correction_seconds = coalesce(correction.seconds, 0),
      captured_at = photo_captured_at(
        ${facts.wallTime}::timestamp, ${facts.offsetMinutes}::integer, event.timezone,
        coalesce(correction.seconds, 0), photo.added_at),
      prepared_at = now()
    from event left join camera_correction as correction
      on correction.event_id = event.id and correction.camera = ${facts.camera}::text
    where event.id = ${eventId} and photo.event_id = ${eventId} and photo.id = ${photoId}
    returning photo.stamp_recipe is distinct from event.stamp_recipe as is_stale`.execute(db)
  if (!rows[0]) return 'gone'
  return rows[0].isStale ? 'stale mark' : 'published'
}

/** Derives every capture time of an event again, after its zone or a correction changed. */
export const updateCaptureTimes = (db: Db, eventId: number) =>
  sql`
    update photo set
      correction_seconds = coalesce(correction.seconds, 0),
      captured_at = photo_captured_at(
        photo.wall_time, photo.offset_minutes, event.timezone, coalesce(correction.seconds, 0), photo.added_at)
    from photo as same
      join event on event.id = same.event_id
      left join camera_correction as correction
        on correction.event_id = same.event_id and correction.camera = same.camera
    where photo.event_id = ${eventId} and photo.wall_time is not null
      and same.event_id = photo.event_id and same.id = photo.id`.execute(db)

/** Lets failed photos whose file was kept wait again; returns their ids. */
export async function resetFailed(
  db: Db,
  { eventId, photoId }: { eventId: number; photoId?: string },
): Promise<string[]> {
  const rows = await db
    .updateTable('photo')
    .set({ status: 'pending', errorCode: null, error: null })
    .where('eventId', '=', eventId)
    .where('status', '=', 'failed')
    .where('originalKey', 'is not', null)
    .$if(photoId !== undefined, (query) => query.where('id', '=', photoId!))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export const deletePhotoRow = (
  db: Db,
  { eventId, photoId }: PhotoRef,
): Promise<Photo | undefined> =>
  db
    .deleteFrom('photo')
    .where('eventId', '=', eventId)
    .where('id', '=', photoId)
    .returningAll()
    .executeTakeFirst()

/** Ids of all finished photos, in batches, for work on a whole event. Index: photo (event_id, id). */
export async function* eachPhotoBatch(
  db: Db,
  eventId: number,
  size: number,
): AsyncGenerator<string[]> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await db
      .selectFrom('photo')
      .select('id')
      .where('eventId', '=', eventId)
      .where('status', '=', 'done')
      .where('id', '>', after)
      .orderBy('id')
      .limit(size)
      .execute()
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(({ id }) => id)
    after = last.id
  }
}

/** The first timed photo of each event, else its first; events without photos are absent. Indexes: photo_timed, photo_untimed. */
export async function findCoverPhotos(db: Db, eventIds: readonly number[]): Promise<PhotoRow[]> {
  const shown = (eventId: number) =>
    db
      .selectFrom('photo')
      .select(PHOTO_COLUMNS)
      .where('eventId', '=', eventId)
      .where('status', '=', 'done')
      .limit(1)
  // Each condition is that of an index: without it every photo of the event would be sorted.
  const firstOf = async (eventId: number) =>
    (await shown(eventId)
      .where('capturedAt', 'is not', null)
      .orderBy('capturedAt')
      .orderBy('id')
      .executeTakeFirst()) ??
    (await shown(eventId).where('capturedAt', 'is', null).orderBy('id').executeTakeFirst())
  const found = await Promise.all(eventIds.map(firstOf))
  return found.filter((photo) => photo !== undefined)
}

/**
 * The cameras of an event, as their EXIF names them, with their clocks' corrections. Reads every photo: 0.15 s for a million on two cores.
 * With an index (event_id, camera, captured_at) both ends of each camera are jumps and it takes 0.12 s still, for counting is what costs;
 * that index is six times as large. Counts kept for each camera would have to be written with every photo.
 */
export const findCameras = (db: Db, eventId: number) =>
  db
    .selectFrom('photo')
    .leftJoin('cameraCorrection as correction', (join) =>
      join
        .onRef('correction.eventId', '=', 'photo.eventId')
        .onRef('correction.camera', '=', 'photo.camera'),
    )
    .select(({ fn }) => [
      'photo.camera',
      fn.countAll<string>().as('photos'),
      fn.min('photo.capturedAt').as('first'),
      fn.max('photo.capturedAt').as('last'),
      fn.coalesce(fn.max('correction.seconds'), sql.lit(0)).as('correctionSeconds'),
    ])
    .where('photo.eventId', '=', eventId)
    .where('photo.camera', 'is not', null)
    .groupBy('photo.camera')
    .orderBy('photo.camera')
    .execute()

export const replaceCorrection = (
  db: Db,
  row: { eventId: number; camera: string; seconds: number },
) =>
  db
    .insertInto('cameraCorrection')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['eventId', 'camera']).doUpdateSet({ seconds: row.seconds }),
    )
    .execute()
