import type { Db, Tx } from '../db/connect.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { eventNotFound } from './errors.ts'
import { deleteEventRow, lockEvent, updateEvent } from './queries.ts'

/** All objects of an event lie below this folder. */
export const eventFolder = (eventId: number) => `events/${eventId}`

/**
 * Makes the event unreachable at once and leaves the erasing of its rows and objects to a job: a million photos take a while.
 *
 * @throws event_not_found
 */
export async function deleteEvent(
  { db, erase }: { db: Db; erase: (tx: Tx, eventId: number) => Promise<void> },
  eventId: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId)
    if (!event) throw eventNotFound(eventId)
    // The slug becomes free for another event.
    await updateEvent(tx, eventId, { deletedAt: new Date(), slug: `deleted-${eventId}` })
    await erase(tx, eventId)
  })
}

/** Erases every object and row of a deleted event, objects first: what fails in between is found again by its row. */
export async function eraseEvent(
  { db, store }: { db: Db; store: ObjectStore },
  eventId: number,
): Promise<void> {
  await store.removeFolder(eventFolder(eventId))
  await deleteEventRow(db, eventId)
}
