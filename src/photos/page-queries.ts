import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { PhotoList } from '../db/tables.ts'
import type { Slice } from '../http/paging.ts'
import { firstIdOf } from '../lib/ids.ts'
import { PHOTO_COLUMNS, type Photo, type PhotoRow } from './queries.ts'

export type Page<Row> = { rows: Row[]; total: number }

const GALLERY: PhotoList[] = ['timed', 'untimed']
const ORGANISER: PhotoList[] = ['pending', 'done', 'failed']
const MINUTE_MS = 60_000

/**
 * One page of an event's finished photos: capture time ascending, those without one last, by arrival. The minute counts say in
 * which minute the page starts, so any page costs a sum over minutes and a short walk, not an OFFSET over photos.
 */
export async function findPhotoPage(
  db: Db,
  eventId: number,
  { offset, limit }: Slice,
): Promise<Page<PhotoRow>> {
  const start = await seek(db, eventId, GALLERY, offset)
  if (!start.minute) return { rows: [], total: start.total }
  const rows: PhotoRow[] = []
  if (start.list === 'timed')
    rows.push(
      ...(await timedPhotos(db, eventId, { from: start.minute, offset: start.skip, limit })),
    )
  if (rows.length < limit) {
    const inList = start.list === 'untimed'
    rows.push(
      ...(await db
        .selectFrom('photo')
        .select(PHOTO_COLUMNS)
        .where('eventId', '=', eventId)
        .where('status', '=', 'done')
        .where('capturedAt', 'is', null)
        // Index: photo_untimed. Ids begin with the milliseconds of arrival.
        .where('id', '>=', firstIdOf(inList ? start.minute : new Date(0)))
        .orderBy('id')
        .offset(inList ? start.skip : 0)
        .limit(limit - rows.length)
        .execute()),
    )
  }
  return { rows, total: start.total }
}

/** One page of the photos taken in `[from, to)`, in order of time. */
export async function findWindowPage(
  db: Db,
  eventId: number,
  { from, to, offset, limit }: { from: Date; to: Date } & Slice,
): Promise<Page<PhotoRow>> {
  const [first, end] = await Promise.all([
    countTimedBefore(db, eventId, from),
    countTimedBefore(db, eventId, to),
  ])
  const total = end - first
  if (offset >= total) return { rows: [], total }
  const { minute, skip } = await seek(db, eventId, ['timed'], first + offset)
  if (!minute) return { rows: [], total }
  return { rows: await timedPhotos(db, eventId, { from: minute, to, offset: skip, limit }), total }
}

/** One page of everything the organiser sent, or of what has one status of it, in order of arrival. */
export async function findArrivalPage(
  db: Db,
  eventId: number,
  { status, offset, limit }: { status?: Photo['status'] | undefined } & Slice,
) {
  const { minute, skip, total } = await seek(db, eventId, status ? [status] : ORGANISER, offset)
  if (!minute) return { rows: [], total }
  const rows = await db
    .selectFrom('photo')
    .selectAll()
    .where('eventId', '=', eventId)
    .$if(status !== undefined, (query) => query.where('status', '=', status!))
    // Index: photo (event_id, id)
    .where('id', '>=', firstIdOf(minute))
    .orderBy('id')
    .offset(skip)
    .limit(limit)
    .execute()
  return { rows, total }
}

/** Index: photo_timed (event_id, captured_at, id). */
const timedPhotos = (
  db: Db,
  eventId: number,
  { from, to, offset, limit }: { from: Date; to?: Date } & Slice,
): Promise<PhotoRow[]> =>
  db
    .selectFrom('photo')
    .select(PHOTO_COLUMNS)
    .where('eventId', '=', eventId)
    .where('status', '=', 'done')
    .where('capturedAt', 'is not', null)
    .where('capturedAt', '>=', from)
    .$if(to !== undefined, (query) => query.where('capturedAt', '<', to!))
    .orderBy('capturedAt')
    .orderBy('id')
    .offset(offset)
    .limit(limit)
    .execute()

type Start = { list: PhotoList; minute: Date | null; skip: number; total: number }

/** The minute that holds row `offset` of the lists joined in the order of their names, and how far into it the row is. */
async function seek(db: Db, eventId: number, lists: PhotoList[], offset: number): Promise<Start> {
  // Arrival lists run side by side, the gallery's two lists one after the other.
  const order = lists === ORGANISER ? sql`minute` : sql`list, minute`
  const list = lists === ORGANISER ? sql`'done'::text` : sql`list`
  const { rows } = await sql<{ list: PhotoList; minute: Date | null; skip: string; total: string }>`
    with minutes as (
      select ${list} as list, minute, sum(photos) as photos from photo_count
      where event_id = ${eventId} and list = any(${lists}) and photos > 0 group by 1, 2
    ), running as (
      select *, sum(photos) over (order by ${order}) as upto from minutes
    )
    select list, minute, ${offset} - (upto - photos) as skip,
           (select coalesce(sum(photos), 0) from minutes) as total
    from running where upto > ${offset} order by ${order} limit 1`.execute(db)
  const [row] = rows
  if (row)
    return { list: row.list, minute: row.minute, skip: Number(row.skip), total: Number(row.total) }
  return { list: 'timed', minute: null, skip: 0, total: await countPhotos(db, eventId, lists) }
}

/** How many photos some lists of an event hold. Index: photo_count (event_id, list, minute). */
export async function countPhotos(db: Db, eventId: number, lists: PhotoList[]): Promise<number> {
  const { total } = await db
    .selectFrom('photoCount')
    .select((eb) => eb.fn.coalesce(eb.fn.sum('photos'), eb.lit(0)).as('total'))
    .where('eventId', '=', eventId)
    .where('list', 'in', lists)
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** Photos by status, of one event or (for the operator's gauges) of all. */
export async function countPhotosByStatus(
  db: Db,
  eventId?: number,
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('photoCount')
    .$if(eventId !== undefined, (query) => query.where('eventId', '=', eventId!))
    .select(['list', (eb) => eb.fn.sum<string>('photos').as('photos')])
    .where('list', 'in', ORGANISER)
    .groupBy('list')
    .execute()
  return Object.fromEntries(rows.map(({ list, photos }) => [list, Number(photos)]))
}

/** Timed photos taken before an instant: whole minutes from their counts, the last one counted. */
async function countTimedBefore(db: Db, eventId: number, instant: Date): Promise<number> {
  const minute = new Date(Math.floor(instant.valueOf() / MINUTE_MS) * MINUTE_MS)
  const { rows } = await sql<{ total: string }>`
    select (select coalesce(sum(photos), 0) from photo_count
            where event_id = ${eventId} and list = 'timed' and minute < ${minute})
         + (select count(*) from photo
            where event_id = ${eventId} and status = 'done' and captured_at is not null
              and captured_at >= ${minute} and captured_at < ${instant}) as total`.execute(db)
  return Number(rows[0]?.total ?? 0)
}
