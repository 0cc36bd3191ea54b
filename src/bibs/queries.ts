import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import { findHiddenBibs } from '../hiding/index.ts'
import type { Slice } from '../http/paging.ts'
import { PHOTO_COLUMNS, type PhotoRef, type PhotoRow } from '../photos/index.ts'

export type Reading = Insertable<Tables['bibRead']>
export type PhotoBib = Insertable<Tables['photoBib']>
export type VerdictRow = Selectable<Tables['bibVerdict']>

/** The list's revision, locked until the transaction ends: what is chosen by it stays right until it is written. */
export async function lockStartListRevision(db: Db, eventId: number): Promise<number | undefined> {
  const event = await db
    .selectFrom('event')
    .select('startListRevision')
    .where('id', '=', eventId)
    .where('deletedAt', 'is', null)
    .forShare()
    .executeTakeFirst()
  return event?.startListRevision
}

export async function findStartListBibs(db: Db, eventId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('participant')
    .select('bib')
    .where('eventId', '=', eventId)
    .execute()
  return rows.map(({ bib }) => bib)
}

/** Replaces the whole list and gives it a new revision; of hidden people only the number is kept. */
export async function replaceParticipants(
  db: Db,
  eventId: number,
  participants: readonly Insertable<Tables['participant']>[],
): Promise<void> {
  await db
    .updateTable('event')
    .set((eb) => ({ startListRevision: eb('startListRevision', '+', 1) }))
    .where('id', '=', eventId)
    .execute()
  await db.deleteFrom('participant').where('eventId', '=', eventId).execute()
  const hidden = await findHiddenBibs(db, eventId)
  const ofHidden = { name: null, category: null, startTime: null, finishTime: null }
  const kept = participants.map((row) => (hidden.has(row.bibKey) ? { ...row, ...ofHidden } : row))
  const text = (pick: (row: Insertable<Tables['participant']>) => string | null | undefined) =>
    kept.map((row) => pick(row) ?? null)
  await sql`
    insert into participant (event_id, bib_key, bib, name, category, start_time, finish_time)
    select ${eventId}, * from unnest(
      ${text((row) => row.bibKey)}::text[], ${text((row) => row.bib)}::text[],
      ${text((row) => row.name)}::text[], ${text((row) => row.category)}::text[],
      ${text((row) => row.startTime)}::text[], ${text((row) => row.finishTime)}::text[])`.execute(
    db,
  )
}

/** Replaces all evidence of one photo. */
export async function replaceReadings(db: Db, photo: PhotoRef, readings: readonly Reading[]) {
  await db
    .deleteFrom('bibRead')
    .where('eventId', '=', photo.eventId)
    .where('photoId', '=', photo.photoId)
    .execute()
  if (readings.length > 0)
    await db
      .insertInto('bibRead')
      .values([...readings])
      .execute()
}

/** Replaces the bibs that searches show for some photos. */
export async function replacePhotoBibs(
  db: Db,
  { eventId, photoIds }: { eventId: number; photoIds: readonly string[] },
  bibs: readonly PhotoBib[],
) {
  await db
    .deleteFrom('photoBib')
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .execute()
  if (bibs.length > 0)
    await db
      .insertInto('photoBib')
      .values([...bibs])
      .execute()
}

/** The evidence of the next `limit` photos after one, in order of id. Index: bib_read (event_id, photo_id). */
export async function findReadingsAfter(
  db: Db,
  { eventId, after, limit }: { eventId: number; after: string; limit: number },
) {
  const photos = db
    .selectFrom('bibRead')
    .select('photoId')
    .distinct()
    .where('eventId', '=', eventId)
    .where('photoId', '>', after)
    .orderBy('photoId')
    .limit(limit)
  return db
    .selectFrom('bibRead')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('photoId', 'in', photos)
    .orderBy('photoId')
    .orderBy('ordinal')
    .execute()
}

type BibRef = { eventId: number; bibKey: string }

/** Photos that show this bib, in order of time, each with how many there are. Index: photo_bib (event_id, bib_key). A bib has tens of photos: OFFSET. */
export const findPhotosByBib = (
  db: Db,
  { eventId, bibKey }: BibRef,
  { offset, limit }: Slice,
): Promise<(PhotoRow & { total: string })[]> =>
  photosOf(db, { eventId, bibKey })
    .select(PHOTO_COLUMNS)
    .select(({ fn }) => fn.countAll<string>().over().as('total'))
    .orderBy('photo.capturedAt') // ascending puts photos without a time last
    .orderBy('photo.id')
    .offset(offset)
    .limit(limit)
    .execute()

export async function countPhotosByBib(db: Db, bib: BibRef): Promise<number> {
  const { total } = await photosOf(db, bib)
    .select((eb) => eb.fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

const photosOf = (db: Db, { eventId, bibKey }: BibRef) =>
  db
    .selectFrom('photoBib')
    .innerJoin('photo', (join) =>
      join
        .onRef('photo.eventId', '=', 'photoBib.eventId')
        .onRef('photo.id', '=', 'photoBib.photoId'),
    )
    .where('photoBib.eventId', '=', eventId)
    .where('photoBib.bibKey', '=', bibKey)
    .where('photo.status', '=', 'done')

/** The bibs shown for some photos. Index: photo_bib_by_photo. */
export const findBibsOfPhotos = (db: Db, eventId: number, photoIds: readonly string[]) =>
  db
    .selectFrom('photoBib')
    .select(['photoId', 'bib', 'score', 'box'])
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .orderBy('score', 'desc')
    .execute()

export const markBibsRead = (db: Db, { eventId, photoId }: PhotoRef) =>
  db
    .updateTable('photo')
    .set({ bibsReadAt: new Date() })
    .where('eventId', '=', eventId)
    .where('id', '=', photoId)
    .execute()

/** All evidence of some photos. Index: bib_read (event_id, photo_id, ordinal). */
export const findReadingsOf = (db: Db, eventId: number, photoIds: readonly string[]) =>
  db
    .selectFrom('bibRead')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .orderBy('photoId')
    .orderBy('ordinal')
    .execute()

/** Participants with these bibs. Index: participant (event_id, bib_key). */
export const findParticipants = (db: Db, eventId: number, bibKeys: readonly string[]) =>
  db
    .selectFrom('participant')
    .select(['bibKey', 'bib', 'name', 'category'])
    .where('eventId', '=', eventId)
    .where('bibKey', '=', sql<string>`any(${bibKeys})`)
    .execute()

/** What people said about the bibs of some photos. Index: bib_verdict (event_id, photo_id, bib_key). */
export const findVerdicts = (
  db: Db,
  eventId: number,
  photoIds: readonly string[],
): Promise<VerdictRow[]> =>
  db
    .selectFrom('bibVerdict')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('photoId', '=', sql<string>`any(${photoIds}::uuid[])`)
    .orderBy('decidedAt')
    .execute()

export const replaceVerdict = (db: Db, row: Insertable<Tables['bibVerdict']>) =>
  db
    .insertInto('bibVerdict')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['eventId', 'photoId', 'bibKey']).doUpdateSet({
        bib: row.bib,
        verdict: row.verdict,
        decidedBy: row.decidedBy,
        decidedAt: new Date(),
      }),
    )
    .execute()

export const deleteVerdict = (
  db: Db,
  { eventId, photoId, bibKey }: { eventId: number; photoId: string; bibKey: string },
) =>
  db
    .deleteFrom('bibVerdict')
    .where('eventId', '=', eventId)
    .where('photoId', '=', photoId)
    .where('bibKey', '=', bibKey)
    .execute()

/** The bibs that an event's photos show, and in how many; `isConfirmed` when a person said so of any. Index: photo_bib. */
export async function countPhotosByShownBib(db: Db, eventId: number) {
  const { rows } = await sql<{ bib: string; photos: string; isConfirmed: boolean }>`
    select min(shown.bib) as bib, count(*) as photos, bool_or(said.verdict is not null) as is_confirmed
    from photo_bib as shown left join bib_verdict as said
      on said.event_id = shown.event_id and said.photo_id = shown.photo_id and said.bib_key = shown.bib_key
        and said.verdict = 'confirmed'
    where shown.event_id = ${eventId} group by shown.bib_key`.execute(db)
  return rows.map((row) => ({ ...row, photos: Number(row.photos) }))
}

/** What was read in an event's photos with at least this score, and in how many. Scans the event's reads. */
export async function countPhotosByReadText(db: Db, eventId: number, leastScore: number) {
  const rows = await db
    .selectFrom('bibRead')
    .select(['text', ({ fn }) => fn.count<string>('photoId').distinct().as('photos')])
    .where('eventId', '=', eventId)
    .where('score', '>=', leastScore)
    .groupBy('text')
    .execute()
  return rows.map(({ text, photos }) => ({ text, photos: Number(photos) }))
}
