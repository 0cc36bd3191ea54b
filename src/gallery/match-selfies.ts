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

/**
 * Compares the faces of a result with all of its event, photos of the last seconds included, and replaces what was found.
 *
 * @returns false when the result is gone, or its faces cannot be compared since the event changed to another face model
 */
export async function refreshMatches(
  deps: MatchDeps,
  { event, resultId }: { event: Event; resultId: string },
  signal?: AbortSignal,
): Promise<boolean> {
  const ref: ResultRef = { eventId: event.id, resultId }
  const model = await findSearchedModel(deps.db, event.id)
  const selfies = await findSelfies(deps.db, ref)
  const queries = selfies
    .filter((selfie) => selfie.model === model.id)
    .map(({ embedding }) => fromBytes(embedding))
  if (queries.length === 0) return selfies.length === 0
  const { maybe: percentage } = thresholdsOf(event, model)
  const matches = await matchFaces(deps, { eventId: event.id, model, queries, percentage }, signal)
  // An event that changed to another model meanwhile may have lost the faces before they were compared.
  if ((await findSearchedModel(deps.db, event.id)).id !== model.id) return false
  return deps.db.transaction().execute((tx) => replaceMatches(tx, ref, matches))
}
