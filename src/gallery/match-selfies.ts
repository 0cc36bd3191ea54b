import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import {
  type FaceModel,
  faceModelOf,
  findFaceModels,
  fromBytes,
  type MatchDeps,
  matchFaces,
} from '../faces/index.ts'
import { findSelfies, type ResultRef, replaceMatches } from './result-queries.ts'

/**
 * From here on a photo is shown as "maybe you": percentages are calibrated, so about one in three of the least sure is right. Why
 * not lower, and why not by the event's setting: decision 0014.
 */
const MAYBE_PERCENTAGE = 30

/** From which percentages on a photo is listed, and is listed as sure. An event's own threshold is never undercut. */
export function thresholdsOf(
  { confidencePercentage }: Pick<Event, 'confidencePercentage'>,
  model: Pick<FaceModel, 'defaultPercentage'>,
) {
  const maybe = confidencePercentage ?? MAYBE_PERCENTAGE
  return { maybe, sure: Math.max(maybe, model.defaultPercentage) }
}

/** The model whose faces the searches of an event compare now. */
export const findSearchedModel = async (db: Db, eventId: number): Promise<FaceModel> =>
  faceModelOf((await findFaceModels(db, eventId)).searched)

/** `kept`: the event changed to another face model, which the selfies do not speak: what was found before stays. */
export type Refreshed = 'anew' | 'kept' | 'gone'

/**
 * Compares the faces of a result with all of its event, photos of the last seconds included, and replaces what was found. Selfies
 * of an earlier face model are compared with nothing; what they found stays, beside what later selfies find.
 */
export async function refreshMatches(
  deps: MatchDeps,
  { event, resultId }: { event: Event; resultId: string },
  signal?: AbortSignal,
): Promise<Refreshed> {
  const ref: ResultRef = { eventId: event.id, resultId }
  const model = await findSearchedModel(deps.db, event.id)
  const selfies = await findSelfies(deps.db, ref)
  const own = selfies.filter((selfie) => selfie.model === model.id)
  if (own.length === 0 && selfies.length > 0) return 'kept'
  if (own.length === 0) return 'anew' // nothing is kept of who is hidden
  const queries = own.map(({ embedding }) => fromBytes(embedding))
  const { maybe: percentage } = thresholdsOf(event, model)
  const matches = await matchFaces(deps, { eventId: event.id, model, queries, percentage }, signal)
  // An event that changed to another model meanwhile may have lost the faces before they were compared.
  if ((await findSearchedModel(deps.db, event.id)).id !== model.id) return 'kept'
  const keepsOthers = own.length < selfies.length
  const isThere = await deps.db
    .transaction()
    .execute((tx) => replaceMatches(tx, ref, matches, { keepsOthers }))
  return isThere ? 'anew' : 'gone'
}
