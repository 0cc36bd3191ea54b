import { type Static, Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { isPermanent } from '../lib/errors.ts'
import {
  deleteUnsearchedFaces,
  deleteUnsearchedVideoFaces,
  findFaceModels,
  unpinEvent,
} from './model-queries.ts'

/** A part of what an event has that a model is to look at: `share` of `shares`, so that several workers divide it without locks. */
export const ReindexShare = Type.Object({
  eventId: Type.Integer(),
  model: Type.String(),
  share: Type.Integer(),
  shares: Type.Integer(),
})
export type ReindexShare = Static<typeof ReindexShare>

/** 0.2 s of deleting. */
const DELETED_AT_ONCE = 2000

/**
 * Has a model look at all of one share, batch by batch, until there is no more or another model is wanted. The last share to end lets the
 * event's searches go over.
 *
 * @param work.findAfter what the model has not looked at, in order, behind a row; from the first without one
 * @param work.things what rows are called in the error, such as photos
 * @throws Error when a row cannot be looked at, after all others were: the event then stays with the model before
 */
export async function reindexShare<Row>(
  { db }: { db: Db },
  { eventId, model }: ReindexShare,
  work: {
    things: string
    findAfter: (last: Row | undefined) => Promise<Row[]>
    lookAt: (row: Row) => Promise<void>
  },
  signal: AbortSignal,
): Promise<void> {
  const failures: unknown[] = []
  for (let last: Row | undefined; ; ) {
    if ((await findFaceModels(db, eventId)).wanted !== model) return // another was chosen since
    const rows = await work.findAfter(last)
    if (rows.length === 0) break
    last = rows.at(-1)
    for (const row of rows) {
      signal.throwIfAborted()
      await work.lookAt(row).catch((error: unknown) => {
        if (!isPermanent(error)) throw error
        failures.push(error)
      })
    }
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${failures.length} ${work.things} of event ${eventId} failed`,
    )
  await finishReindex(db, eventId)
}

/** Lets an event's searches go over once the wanted model has seen all its photos and videos, and removes what others saw. */
async function finishReindex(db: Db, eventId: number): Promise<void> {
  const isWhole = await db.transaction().execute((tx) => unpinEvent(tx, eventId))
  if (!isWhole) return // other shares are at work
  await deleteUnsearchedVideoFaces(db, eventId)
  for (;;) if ((await deleteUnsearchedFaces(db, eventId, DELETED_AT_ONCE)) === 0) return
}
