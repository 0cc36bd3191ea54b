import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import type { Slice } from '../http/paging.ts'

export type Hiding = Selectable<Tables['hiding']>
export type HidingRef = { eventId: number; hidingId: string }
/** Asked: waits for the organiser; erased: all there was has gone. */
export type HidingStatus = 'asked' | 'confirmed' | 'erased'
export type Box = readonly number[]

export const insertHiding = (db: Db, hiding: Insertable<Tables['hiding']>): Promise<Hiding> =>
  db.insertInto('hiding').values(hiding).returningAll().executeTakeFirstOrThrow()

export const findHiding = (db: Db, { eventId, hidingId }: HidingRef): Promise<Hiding | undefined> =>
  db
    .selectFrom('hiding')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', hidingId)
    .executeTakeFirst()

/** A hiding of a bib, asked or confirmed. */
export const findHidingOfBib = (
  db: Db,
  eventId: number,
  keys: readonly string[],
): Promise<Hiding | undefined> =>
  db
    .selectFrom('hiding')
    .selectAll()
    .where('eventId', '=', eventId)
    .where(sql<boolean>`bib_keys && ${keys}::text[]`)
    .orderBy('id')
    .executeTakeFirst()

/** Of an event, the latest first; with a status, those alone. */
export async function findHidings(
  db: Db,
  { eventId, status }: { eventId: number; status?: HidingStatus | undefined },
  { offset, limit }: Slice,
) {
  const hidings = db
    .selectFrom('hiding')
    .where('eventId', '=', eventId)
    .$if(status !== undefined, (query) =>
      query
        .where('confirmedAt', status === 'asked' ? 'is' : 'is not', null)
        .where('erasedAt', status === 'erased' ? 'is not' : 'is', null),
    )
  const { total } = await hidings
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await hidings.selectAll().orderBy('id', 'desc').offset(offset).limit(limit).execute()
  return { rows, total: Number(total) }
}

/** Undefined when the hiding is gone. */
export const updateHiding = (
  db: Db,
  { eventId, hidingId }: HidingRef,
  change: Updateable<Tables['hiding']>,
): Promise<Hiding | undefined> =>
  db
    .updateTable('hiding')
    .set(change)
    .where('eventId', '=', eventId)
    .where('id', '=', hidingId)
    .returningAll()
    .executeTakeFirst()

export const deleteHiding = (db: Db, { eventId, hidingId }: HidingRef) =>
  db.deleteFrom('hiding').where('eventId', '=', eventId).where('id', '=', hidingId).execute()

/** Hidings of an event that hold for what comes. Index: hiding (event_id, id). */
export const findHolding = (db: Db, eventId: number) =>
  db
    .selectFrom('hiding')
    .select(['id', 'bibKeys', 'template'])
    .where('eventId', '=', eventId)
    .where('confirmedAt', 'is not', null)
    .orderBy('id')
    .execute()

/** Bibs that nobody may be found by, as reads are compared, each with its hiding. */
export type HiddenBibs = ReadonlyMap<string, string>

export async function findHiddenBibs(db: Db, eventId: number): Promise<HiddenBibs> {
  const rows = await findHolding(db, eventId)
  return new Map(
    rows.flatMap(({ id, bibKeys }) => (bibKeys ?? []).map((key) => [key, id] as const)),
  )
}

/** Where hidden people are in a photo. Index: hidden_face_by_photo. */
export async function findHiddenPlaces(
  db: Db,
  { eventId, photoId }: { eventId: number; photoId: string },
): Promise<Box[]> {
  const rows = await db
    .selectFrom('hiddenFace')
    .select('box')
    .where('eventId', '=', eventId)
    .where('photoId', '=', photoId)
    .execute()
  return rows.map(({ box }) => box)
}

/** Notes where a hidden person is; a photo that is gone meanwhile is left out. */
export async function insertHiddenPlaces(
  db: Db,
  { eventId, hidingId }: HidingRef,
  places: readonly { photoId: string; box: Box }[],
): Promise<void> {
  if (places.length === 0) return
  const rows = places.map(({ photoId, box }) => ({ photoId, box }))
  await sql`
    insert into hidden_face (event_id, photo_id, hiding_id, box)
    select ${eventId}, photo.id, ${hidingId}::uuid, array(select jsonb_array_elements_text(place->'box')::integer)
    from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) as place
    join photo on photo.event_id = ${eventId} and photo.id = (place->>'photoId')::uuid
    for key share of photo`.execute(db)
}

/** Takes the sealed faces out of an event's hidings; their keys are to be destroyed. */
export const forgetTemplates = (db: Db, eventId: number) =>
  db
    .updateTable('hiding')
    .set({ template: null })
    .where('eventId', '=', eventId)
    .where('kind', '=', 'selfie')
    .execute()

/** Hidings by selfie without a sealed face. */
export async function findLostTemplates(db: Db, eventId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('hiding')
    .select('id')
    .where('eventId', '=', eventId)
    .where('kind', '=', 'selfie')
    .where('template', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** How many people asked to be hidden for good whose face is not kept any more. */
export async function countLostTemplates(db: Db, eventId: number): Promise<number> {
  const { lost } = await db
    .selectFrom('hiding')
    .select(({ fn }) => fn.countAll<string>().as('lost'))
    .where('eventId', '=', eventId)
    .where('kind', '=', 'selfie')
    .where('lasting', '=', true)
    .where('template', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(lost)
}

/** Wishes that wait for the organiser. */
export async function countAsked(db: Db, eventId: number): Promise<number> {
  const { asked } = await db
    .selectFrom('hiding')
    .select(({ fn }) => fn.countAll<string>().as('asked'))
    .where('eventId', '=', eventId)
    .where('confirmedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(asked)
}

/** What was asked before an instant and never confirmed. Scans the hidings, which are few. */
export const findOldAsks = (db: Db, before: Date) =>
  db
    .selectFrom('hiding')
    .select(['eventId', 'id as hidingId'])
    .where('confirmedAt', 'is', null)
    .where('askedAt', '<', before)
    .execute()
