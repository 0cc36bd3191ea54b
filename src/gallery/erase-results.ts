import type { Db, Tx } from '../db/connect.ts'
import { fromBytes, isHiddenSelfie } from '../faces/index.ts'
import type { Template } from '../hiding/index.ts'
import { forgetVideoSearches } from '../motion/index.ts'
import {
  deleteKeptMatches,
  deleteResult,
  findExpiredResults,
  findResultsOf,
  findSelfies,
  findSelfiesOf,
  type ResultRef,
} from './result-queries.ts'

/** Erases a search: its faces, what they found in photos and videos, and what was said of it. */
export const eraseResult = (db: Db, ref: ResultRef): Promise<void> =>
  db.transaction().execute((tx) => eraseWithin(tx, ref))

async function eraseWithin(tx: Tx, ref: ResultRef): Promise<void> {
  const requestIds = (await findSelfies(tx, ref)).map(({ id }) => id)
  await forgetVideoSearches(tx, { eventId: ref.eventId, requestIds })
  await deleteResult(tx, ref)
}

/** At a time: each is a transaction of its own. */
const BATCH = 500

/** Erases every search whose days are over. @returns how many */
export async function eraseExpiredResults({ db }: { db: Db }): Promise<number> {
  for (let erased = 0; ; ) {
    const expired = await findExpiredResults(db, BATCH)
    for (const ref of expired) await eraseResult(db, ref)
    erased += expired.length
    if (expired.length < BATCH) return erased
  }
}

/** Erases the searches of an event, those made before an instant if one is given. */
export async function eraseResultsOf(tx: Tx, eventId: number, before?: Date): Promise<void> {
  for (const ref of await findResultsOf(tx, eventId, before)) await eraseWithin(tx, ref)
}

/**
 * Erases the searches that a person made who is to be forgotten. Other results lose the person by comparing anew; those of an
 * earlier face model, which are not compared any more, lose the photos that show the person.
 *
 * @returns how many were erased
 */
export async function eraseResultsOfPerson(
  tx: Tx,
  {
    eventId,
    hidingId,
    template,
    photoIds,
  }: { eventId: number; hidingId: string; template: Template; photoIds: readonly string[] },
): Promise<number> {
  const own = new Set<string>()
  for (const { resultId, model, embedding } of await findSelfiesOf(tx, eventId)) {
    const looks = new Map([[model, [fromBytes(embedding)]]])
    if (isHiddenSelfie(looks, { templates: [{ hidingId, template }] })) own.add(resultId)
  }
  for (const resultId of own) await eraseWithin(tx, { eventId, resultId })
  await deleteKeptMatches(tx, eventId, photoIds)
  return own.size
}
