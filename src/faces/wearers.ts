import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { Template } from '../hiding/index.ts'
import { fromBytes } from './embedding-bytes.ts'
import { faceModelOf } from './engine/face-model.ts'
import { dotProduct } from './engine/vectors.ts'
import type { FaceRef } from './forget-person.ts'
import { findFacesIn } from './forget-queries.ts'

type Box = readonly number[]
export type BibPlaces = readonly { photoId: string; boxes: readonly Box[] }[]

/** How far below a face its bib is, in heights of the face between their middles: chests are at 1.5 to 3, belts at 4 to 6. */
const NEAREST = 0.7
const FARTHEST = 7
/** How far to the side, in widths of the face, a leaning runner's bib is. */
const ASIDE = 1.5

/** The face of who wears a bib: of those above it the one most in line with it. */
export function wearerOf<Face extends { box: Box }>(
  bib: Box,
  faces: readonly Face[],
): Face | undefined {
  const [bibX, bibY] = middleOf(bib)
  const above = faces.flatMap((face) => {
    const [x, y] = middleOf(face.box)
    const [, , width = 1, height = 1] = face.box
    const aside = Math.abs(bibX - x) / width
    const below = (bibY - y) / height
    if (aside > ASIDE || below < NEAREST || below > FARTHEST) return []
    return [{ face, distance: aside + below / FARTHEST }]
  })
  return above.sort((a, b) => a.distance - b.distance)[0]?.face
}

const middleOf = ([x = 0, y = 0, width = 0, height = 0]: Box) =>
  [x + width / 2, y + height / 2] as const

/**
 * The faces of who wears a bib in some photos, and a template of that person where at least two of them surely show one: with it
 * the photos are found in which the number cannot be read.
 */
export async function findWearer(
  db: Db,
  { event, places }: { event: Event; places: BibPlaces },
): Promise<{ faces: FaceRef[]; template: Template }> {
  const worn = places.filter(({ boxes }) => boxes.length > 0)
  const rows = await findFacesIn(
    db,
    event.id,
    worn.map(({ photoId }) => photoId),
  )
  const byPhoto = Map.groupBy(rows, ({ photoId, model }) => `${photoId}/${model}`)
  const models = [...new Set(rows.map(({ model }) => model))]
  const wearers = worn.flatMap(({ photoId, boxes }) =>
    models.flatMap((model) =>
      boxes.flatMap((box) => wearerOf(box, byPhoto.get(`${photoId}/${model}`) ?? []) ?? []),
    ),
  )
  const template = models.flatMap((id) => {
    const model = faceModelOf(id)
    const own = wearers.filter((face) => face.model === id)
    const looks = own.map(({ embedding, quality }) => ({ vector: fromBytes(embedding), quality }))
    // Somebody else's face may be taken for the wearer's in one photo: those who agree with most others are the wearer.
    const agreeing = own.filter((_, i) => {
      const alike = looks.filter(
        ({ vector, quality }, j) =>
          j !== i &&
          dotProduct(vector, looks[i]!.vector) >=
            model.requiredCosine(model.sureCosine, Math.min(quality, looks[i]!.quality)),
      )
      return alike.length > 0 && 2 * alike.length >= looks.length - 1
    })
    if (agreeing.length < 2) return []
    const selfies = agreeing
      .toSorted((a, b) => b.quality - a.quality)
      .slice(0, MAX_LOOKS)
      .map(({ embedding }) => embedding)
    return [{ model: id, selfies, expanded: null }]
  })
  return { faces: wearers, template }
}

const MAX_LOOKS = 5
