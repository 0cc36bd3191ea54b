import type { Db, Tx } from '../db/connect.ts'
import { type Event, findEvent, shareEvent } from '../events/index.ts'
import { findHiddenPlaces, type Hidden, type Hidings, insertHiddenPlaces } from '../hiding/index.ts'
import { instantOf } from '../lib/ids.ts'
import type { Box, Picture } from '../media/picture.ts'
import type { PhotoRef } from '../photos/index.ts'
import { isSameFace } from './engine/boxes.ts'
import type { FoundFace } from './engine/found-face.ts'
import type { FaceLook, KnownFace, ScoredBox } from './engine/open-face-engine.ts'
import { findHiddenPeople, modelsToTell } from './hidden-faces.ts'
import { findFaceModels, lockFaceModels } from './model-queries.ts'
import { replaceFaces } from './queries.ts'

/** Finds the faces of a picture as a model sees them; without an id, as the built-in one does. */
export type FaceFinder = (
  picture: Picture,
  signal: AbortSignal,
  model?: string,
) => Promise<FoundFace[]>

/** Where faces are, in one look at a picture or a region of it. */
export type FaceLocator = (
  picture: Picture,
  look: FaceLook,
  signal: AbortSignal,
) => Promise<ScoredBox[]>

/** What tells located faces apart, in their order. */
export type FaceDescriber = (
  picture: Picture,
  faces: readonly ScoredBox[],
  signal: AbortSignal,
) => Promise<FoundFace[]>

/** What a model makes of a face that another found, in a picture of it and what surrounds it. */
export type KnownFaceDescriber = (
  picture: Picture,
  known: KnownFace,
  signal: AbortSignal,
  model: string,
) => Promise<FoundFace>

export type IndexDeps = { db: Db; hidings: Hidings; faceFinder: FaceFinder }

/** Models are chosen, and people hidden, by a person: that this happens twice while one photo is looked at is no accident. */
const MAX_ROUNDS = 5

/**
 * Finds and stores the faces of one photo, with every model that its event needs: two while the event is being indexed anew,
 * so that the photo is found before and after. Safe to run again: new faces replace the old. Faces of hidden people are not
 * stored. Gives where faces are, hidden people's among them, for who looks at the picture next.
 *
 * @param only the one model whose faces are to be stored; undefined: all that the event needs
 */
export async function indexFaces(
  { db, hidings, faceFinder }: IndexDeps,
  { photo, picture, only }: { photo: PhotoRef; picture: Picture; only?: string },
  signal: AbortSignal,
): Promise<Box[]> {
  const found = new Map<string, FoundFace[]>()
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const event = await findEvent(db, photo.eventId)
    if (!event) return []
    const { searched, wanted } = await findFaceModels(db, photo.eventId)
    const hidden = await hidings.find(db, photo.eventId)
    const models = mayKeepFaces(event, photo)
      ? modelsToTell(hidden, only ? [only] : [searched, wanted])
      : []
    for (const model of models)
      if (!found.has(model)) found.set(model, await faceFinder(picture, signal, model))
    const isStored = await db.transaction().execute(async (tx) => {
      // Whoever hides a person or switches faces off holds this row.
      const event = await shareEvent(tx, photo.eventId)
      if (!event) return true
      if ((await hidings.find(tx, event.id)).version !== hidden.version) return false
      return storeFaces(tx, { event, photo, found, hidden, only })
    })
    if (isStored) return [...found.values()].flatMap((faces) => faces.map(({ box }) => box))
  }
  throw new Error('the face model changes faster than a photo can be looked at')
}

type Store = {
  event: Event
  photo: PhotoRef
  found: ReadonlyMap<string, FoundFace[]>
  hidden: Hidden
  only: string | undefined
}

/** False when the event needs a model by now that has not looked at the photo. */
async function storeFaces(tx: Tx, { event, photo, found, hidden, only }: Store): Promise<boolean> {
  const { searched, wanted } = await lockFaceModels(tx, event.id)
  if (only !== undefined && wanted !== only) return true // another was chosen since: its own jobs look
  const known = [...new Set([searched, wanted])]
  const models = only === undefined ? known : [only]
  if (!mayKeepFaces(event, photo)) {
    // What was never looked at is looked at when faces are wanted again; what is too old, never.
    const seen = event.biometrics === 'none' ? [] : known
    await replaceFaces(tx, photo, { faces: [], known: seen, models: known })
    return true
  }
  if (!models.every((model) => found.has(model))) return false
  const people = findHiddenPeople(found, hidden, event)
  for (const { hidingId, box } of people)
    await insertHiddenPlaces(tx, { eventId: event.id, hidingId }, [{ photoId: photo.photoId, box }])
  const places = await findHiddenPlaces(tx, photo)
  const faces = models
    .flatMap((model) => found.get(model) ?? [])
    .filter(({ box }) => !places.some((place) => isSameFace(place, box)))
  const replaced = only === undefined ? [...found.keys()] : [only]
  await replaceFaces(tx, photo, { faces, known, models: replaced })
  return true
}

/** Whether an event keeps the faces of a photo at all, and still. */
function mayKeepFaces(
  { biometrics, retentionDaysFaces }: Pick<Event, 'biometrics' | 'retentionDaysFaces'>,
  { photoId }: Pick<PhotoRef, 'photoId'>,
): boolean {
  if (biometrics === 'none') return false
  if (retentionDaysFaces === null) return true
  return instantOf(photoId).valueOf() > Date.now() - retentionDaysFaces * DAY_MS
}

const DAY_MS = 24 * 3600 * 1000
