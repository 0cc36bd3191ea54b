import type { Db, Tx } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { insertHiddenPlaces, type Template } from '../hiding/index.ts'
import { fromBytes, toBytes } from './embedding-bytes.ts'
import { isSameFace } from './engine/boxes.ts'
import { expandQuery } from './engine/expand-query.ts'
import { faceModelOf } from './engine/face-model.ts'
import { dotProduct } from './engine/vectors.ts'
import {
  deleteFaces,
  deleteHitsWithoutFace,
  findFacesIn,
  findFacesToCompare,
} from './forget-queries.ts'
import { isPerson } from './hidden-faces.ts'

export type FaceRef = { id: string; photoId: string; box: number[] }

/** Rows that are compared at once: a few megabytes, however many faces the event has. */
const BATCH = 2000

/**
 * Every face of an event that is the person of a template, by an exact comparison of all, as surely as a search would say, also
 * by how the person looked elsewhere in the event. Gives the template with those looks.
 */
export async function findFacesOfPerson(
  db: Db,
  { event, template }: { event: Event; template: Template },
  signal: AbortSignal,
): Promise<{ faces: FaceRef[]; template: Template }> {
  const faces = new Map<string, FaceRef>()
  const compare = async (part: Template[number]) => {
    const sure: { embedding: Float32Array; cosine: number }[] = []
    const model = faceModelOf(part.model)
    for (let after = '0'; ; ) {
      signal.throwIfAborted()
      const asked = { eventId: event.id, model: part.model, after, limit: BATCH }
      const rows = await findFacesToCompare(db, asked)
      for (const { embedding: bytes, quality, ...face } of rows) {
        const embedding = fromBytes(bytes)
        if (!isPerson(part, { embedding, quality }, event.confidencePercentage)) continue
        faces.set(face.id, face)
        const cosine = Math.max(
          ...part.selfies.map((selfie) => dotProduct(fromBytes(selfie), embedding)),
        )
        if (cosine >= model.requiredCosine(model.sureCosine, quality))
          sure.push({ embedding, cosine })
      }
      after = rows.at(-1)?.id ?? after
      if (rows.length < BATCH) break
    }
    return sure.sort((a, b) => b.cosine - a.cosine).map(({ embedding }) => embedding)
  }
  const expanded: Template[number][] = []
  for (const part of template) {
    const sure = await compare(part)
    const query =
      sure.length > 0 && expandQuery(faceModelOf(part.model), part.selfies.map(fromBytes), sure)
    const more = query ? { ...part, expanded: toBytes(query) } : part
    if (query) await compare(more)
    expanded.push(more)
  }
  return { faces: [...faces.values()], template: expanded }
}

/** Photos that are cleared at once. */
const PHOTOS = 500

/**
 * Removes faces, as every model saw them, and what they had brought into stored searches; notes their places, so that they are not
 * computed again.
 */
export async function forgetFaces(
  tx: Tx,
  { eventId, hidingId }: { eventId: number; hidingId: string },
  faces: readonly Omit<FaceRef, 'id'>[],
): Promise<{ faces: number; photos: number; searchHits: number }> {
  const places = Map.groupBy(faces, ({ photoId }) => photoId)
  const photoIds = [...places.keys()]
  const gone = { faces: 0, photos: photoIds.length, searchHits: 0 }
  for (let at = 0; at < photoIds.length; at += PHOTOS) {
    const batch = photoIds.slice(at, at + PHOTOS)
    const rows = await findFacesIn(tx, eventId, batch)
    const own = rows.filter(({ photoId, box }) =>
      places.get(photoId)?.some((place) => isSameFace(place.box, box)),
    )
    await insertHiddenPlaces(
      tx,
      { eventId, hidingId },
      batch.flatMap((photoId) => places.get(photoId) ?? []),
    )
    gone.faces += await deleteFaces(
      tx,
      eventId,
      own.map(({ id }) => id),
    )
    gone.searchHits += await deleteHitsWithoutFace(tx, eventId, batch)
  }
  return gone
}
