import { DatabaseError } from 'pg'
import type { Db, Tx } from '../db/connect.ts'
import { eventNotFound, slugTaken } from './errors.ts'
import { assertPassword, assertSettings, columnsOf, passwordColumnOf } from './event-columns.ts'
import { type Event, findWatermarks, lockEvent, updateEvent } from './queries.ts'
import type { ChangeEvent } from './schema.ts'
import { stampRecipeOf } from './stamp-recipe.ts'

/** What must follow a change; runs inside its transaction. */
export type EventFollowUps = {
  /** Previews carry an old mark now. */
  restamp: (tx: Tx, eventId: number) => Promise<void>
  /** Camera clocks are read in another zone now. */
  retime: (tx: Tx, eventId: number) => Promise<void>
  /** No face may be known any more. */
  forgetAllFaces: (tx: Tx, eventId: number) => Promise<void>
  /** Faces may be known again. */
  indexAllFaces: (tx: Tx, eventId: number) => Promise<void>
}

/** Changes the settings named and leaves the others. @throws event_not_found, slug_taken, hidings_would_end, validation_failed */
export async function changeEvent(
  { db, restamp, retime, forgetAllFaces, indexAllFaces }: { db: Db } & EventFollowUps,
  { eventId, change }: { eventId: number; change: ChangeEvent },
): Promise<Event> {
  assertSettings(change)
  const password = await passwordColumnOf(change)
  return db
    .transaction()
    .execute(async (tx) => {
      const before = await lockEvent(tx, eventId)
      if (!before) throw eventNotFound(eventId)
      const motion = change.motion && { motion: { ...before.motion, ...change.motion } }
      const columns = { ...columnsOf({ ...change, ...motion }), ...password }
      assertPassword({ ...before, ...columns })
      const name = change.event_name?.trim() ?? before.name
      const stampRecipe = stampRecipeOf({ name, art: await findWatermarks(tx, eventId) })
      const after = await updateEvent(tx, eventId, { ...columns, stampRecipe })
      if (after.stampRecipe !== before.stampRecipe) await restamp(tx, eventId)
      if (after.timezone !== before.timezone) await retime(tx, eventId)
      if (after.biometrics !== before.biometrics)
        await (after.biometrics === 'none' ? forgetAllFaces : indexAllFaces)(tx, eventId)
      return after
    })
    .catch((error: unknown) => {
      const isSlug = error instanceof DatabaseError && error.constraint === 'event_slug_key'
      throw isSlug ? slugTaken(change.event_slug ?? '') : error
    })
}
