import type { Db } from '../db/connect.ts'
import type { Picture } from '../media/picture.ts'
import type { PhotoRef } from '../photos/index.ts'
import type { FoundFace } from './engine/found-face.ts'
import type { FaceLook, ScoredBox } from './engine/open-face-engine.ts'
import { findFaceModels, lockFaceModels, replaceFaces } from './queries.ts'

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

/** A model is chosen by a person: that this happens twice while one photo is looked at is no accident. */
const MAX_ROUNDS = 3

/**
 * Finds and stores the faces of one photo, with every model that its event needs: two while the event is being indexed anew,
 * so that the photo is found before and after. Safe to run again: new faces replace the old.
 */
export async function indexFaces(
  { db, faceFinder }: { db: Db; faceFinder: FaceFinder },
  { photo, picture }: { photo: PhotoRef; picture: Picture },
  signal: AbortSignal,
): Promise<void> {
  const found = new Map<string, FoundFace[]>()
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const { searched, wanted } = await findFaceModels(db, photo.eventId)
    for (const model of new Set([searched, wanted]))
      if (!found.has(model)) found.set(model, await faceFinder(picture, signal, model))
    if (await storeFaces(db, photo, found)) return
  }
  throw new Error('the face model changes faster than a photo can be looked at')
}

/** False when the event needs a model by now that has not looked at the photo. */
const storeFaces = (db: Db, photo: PhotoRef, found: ReadonlyMap<string, FoundFace[]>) =>
  db.transaction().execute(async (tx) => {
    const { searched, wanted } = await lockFaceModels(tx, photo.eventId)
    const known = [...new Set([searched, wanted])]
    if (!known.every((model) => found.has(model))) return false
    const faces = known.flatMap((model) => found.get(model)!)
    await replaceFaces(tx, photo, { faces, known, models: [...found.keys()] })
    return true
  })
