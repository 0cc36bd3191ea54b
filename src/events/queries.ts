import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'
import type { Slice } from '../http/paging.ts'

export type Event = Selectable<Tables['event']>

/** An event that is not deleted. Index: event (id). */
export const findEvent = (db: Db, eventId: number): Promise<Event | undefined> =>
  db
    .selectFrom('event')
    .selectAll()
    .where('id', '=', eventId)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()

/** Events of an organisation, newest date first, undated last. Index: event (org_id, date, id). */
export const findEvents = (db: Db, orgId: number, { offset, limit }: Slice) =>
  db
    .selectFrom('event')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('deletedAt', 'is', null)
    .orderBy('date', (order) => order.desc().nullsLast())
    .orderBy('id', 'desc')
    .offset(offset)
    .limit(limit)
    .execute()

export async function countEvents(db: Db, orgId: number): Promise<number> {
  const { total } = await db
    .selectFrom('event')
    .select((eb) => eb.fn.countAll<string>().as('total'))
    .where('orgId', '=', orgId)
    .where('deletedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(total)
}

export const findEventBySlug = (db: Db, slug: string) =>
  db.selectFrom('event').select('id').where('slug', '=', slug).executeTakeFirst()

/** Undefined when the slug is taken. */
export const insertEvent = (
  db: Db,
  event: Insertable<Tables['event']>,
): Promise<Event | undefined> =>
  db
    .insertInto('event')
    .values(event)
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returningAll()
    .executeTakeFirst()

export const updateEvent = (
  db: Db,
  eventId: number,
  change: Updateable<Tables['event']>,
): Promise<Event> =>
  db
    .updateTable('event')
    .set(change)
    .where('id', '=', eventId)
    .returningAll()
    .executeTakeFirstOrThrow()

/** Locks the event's row against changes of its settings until the transaction ends. */
export const lockEvent = (db: Db, eventId: number): Promise<Event | undefined> =>
  db
    .selectFrom('event')
    .selectAll()
    .where('id', '=', eventId)
    .where('deletedAt', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()

/** The event, whose settings do not change before the transaction ends; others may hold it so at the same time. */
export const shareEvent = (db: Db, eventId: number): Promise<Event | undefined> =>
  db
    .selectFrom('event')
    .selectAll()
    .where('id', '=', eventId)
    .where('deletedAt', 'is', null)
    .forShare()
    .executeTakeFirst()

/** Events that keep searches or faces for a time only. Scans the events, of which there are few. */
export const findEventsWithRetention = (db: Db): Promise<Event[]> =>
  db
    .selectFrom('event')
    .selectAll()
    .where('deletedAt', 'is', null)
    .where((eb) =>
      eb.or([
        eb('retentionDaysSearches', 'is not', null),
        eb('retentionDaysFaces', 'is not', null),
      ]),
    )
    .orderBy('id')
    .execute()

/** Removes the event and, by cascade, every row of it. */
export const deleteEventRow = (db: Db, eventId: number) =>
  db.deleteFrom('event').where('id', '=', eventId).execute()

export const findWatermarks = (db: Db, eventId: number) =>
  db
    .selectFrom('watermark')
    .select(['orientation', 'contentType', 'art'])
    .where('eventId', '=', eventId)
    .orderBy('orientation')
    .execute()
