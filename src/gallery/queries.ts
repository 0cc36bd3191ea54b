import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { Slice } from '../http/paging.ts'
import { PHOTO_COLUMNS, type PhotoRow } from '../photos/index.ts'

/** An event that is not deleted. Index: event (slug). */
export const findGallery = (db: Db, slug: string): Promise<Event | undefined> =>
  db
    .selectFrom('event')
    .selectAll()
    .where('slug', '=', slug)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()

/** The events that everybody may see, newest date first, undated last. Index: event_public. */
export const findPublicEvents = (db: Db, limit: number): Promise<Event[]> =>
  db
    .selectFrom('event')
    .selectAll()
    .where('visibility', '=', 'public')
    .where('status', '=', 'active')
    .where('eventEnabled', '=', true)
    .where('deletedAt', 'is', null)
    .orderBy('date', (order) => order.desc().nullsLast())
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()

/** How many photos of each event galleries show. Index: photo_count (event_id, list, minute). */
export async function countShownPhotos(
  db: Db,
  eventIds: readonly number[],
): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('photoCount')
    .select(['eventId', ({ fn }) => fn.sum<string>('photos').as('photos')])
    .where('eventId', '=', sql<number>`any(${eventIds}::integer[])`)
    .where('list', 'in', ['timed', 'untimed'])
    .groupBy('eventId')
    .execute()
  return new Map(rows.map(({ eventId, photos }) => [eventId, Number(photos)]))
}

/** Timed photos by minute since 1970, ascending. Index: photo_count (event_id, list, minute). */
export async function countByMinute(db: Db, eventId: number): Promise<[number, number][]> {
  const rows = await db
    .selectFrom('photoCount')
    .select(['minute', 'photos'])
    .where('eventId', '=', eventId)
    .where('list', '=', 'timed')
    .where('photos', '>', 0)
    .orderBy('minute')
    .execute()
  return rows.map(({ minute, photos }) => [minute.valueOf() / 60_000, photos])
}

/** A time of day on each day of an event that has photos, as instants; of the day of the event when none has. Index: photo_count (event_id, list, minute). */
export async function findWindowsOfDay(
  db: Db,
  { id, timezone, date }: Pick<Event, 'id' | 'timezone' | 'date'>,
  { fromMinutes, toMinutes }: { fromMinutes: number; toMinutes: number },
): Promise<{ from: Date; to: Date }[]> {
  const { rows } = await sql<{ from: Date; to: Date }>`
    with days as (
      select distinct date_trunc('day', minute at time zone ${timezone}) as day from photo_count
      where event_id = ${id} and list = 'timed' and photos > 0
    )
    select (day + make_interval(mins => ${fromMinutes})) at time zone ${timezone} as from,
           (day + make_interval(mins => ${toMinutes})) at time zone ${timezone} as to
    from (
      select day from days
      union all
      select date_trunc('day', coalesce(${date}::timestamp, now() at time zone ${timezone}))
      where not exists (select from days)
    ) as shown
    order by day limit 60`.execute(db)
  return rows
}

/** Letters without their accents, in lower case. */
const folded = (text: ReturnType<typeof sql>) =>
  sql`regexp_replace(lower(normalize(${text}, NFKD)), '[\u0300-\u036f]', '', 'g')`

/**
 * Entrants whose name has a word that begins with each of these, without regard to accents and case, by name. Reads the event's
 * whole list: 50,000 names take about 0.1 s.
 */
export const findPeople = (
  db: Db,
  eventId: number,
  { words, limit }: { words: readonly string[]; limit: number },
) =>
  db
    .selectFrom('participant')
    .select(['bib', 'bibKey', sql<string>`name`.as('name')])
    .where('eventId', '=', eventId)
    .where('name', 'is not', null)
    .where((eb) =>
      eb.and(
        words.map(
          (word) =>
            sql<boolean>`position(' ' || ${folded(sql`${word}::text`)} in
              ' ' || translate(${folded(sql`name`)}, '-,.''', '    ')) > 0`,
        ),
      ),
    )
    .orderBy('name')
    .orderBy('bibKey')
    .limit(limit)
    .execute()

/** Photos that show any of these bibs, each once, in order of time. Index: photo_bib (event_id, bib_key). */
export async function findPhotosOfBibs(
  db: Db,
  { eventId, bibKeys }: { eventId: number; bibKeys: readonly string[] },
  { offset, limit }: Slice,
): Promise<{ rows: PhotoRow[]; total: number }> {
  const photos = db
    .selectFrom('photo')
    .where('photo.eventId', '=', eventId)
    .where('photo.status', '=', 'done')
    .where('photo.id', 'in', (eb) =>
      eb
        .selectFrom('photoBib')
        .select('photoId')
        .where('eventId', '=', eventId)
        .where('bibKey', '=', sql<string>`any(${bibKeys}::text[])`),
    )
  const [rows, { total }] = await Promise.all([
    photos
      .select(PHOTO_COLUMNS)
      .orderBy('photo.capturedAt')
      .orderBy('photo.id')
      .offset(offset)
      .limit(limit)
      .execute(),
    photos.select(({ fn }) => fn.countAll<string>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { rows, total: Number(total) }
}
