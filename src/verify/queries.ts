import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import { eachBatch } from './each-batch.ts'

/** All events, deleted ones too: their erasing may be under way. */
export const findAllEvents = (db: Db) =>
  db.selectFrom('event').select(['id', 'stampRecipe', 'deletedAt']).orderBy('id').execute()

/** Every photo of an event, in batches. Index: photo (event_id, id). */
export const eachPhoto = (db: Db, eventId: number, size: number) =>
  eachBatch((after) =>
    db
      .selectFrom('photo')
      .select(['id', 'status', 'originalKey', 'stampRecipe'])
      .where('eventId', '=', eventId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(size)
      .execute(),
  )

/** What some photos have; unknown ids are left out. Index: photo (event_id, id). */
export const findOwners = (db: Db, eventId: number, ids: readonly string[]) =>
  db
    .selectFrom('photo')
    .select(['id', 'originalKey', 'stampRecipe'])
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()

/** Forgets that a photo has previews, so that a restamping draws them again. */
export const forgetStamps = (db: Db, eventId: number, ids: readonly string[]) =>
  db
    .updateTable('photo')
    .set({ stampRecipe: null })
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
