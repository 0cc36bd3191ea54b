import type { Event } from '../events/index.ts'
import type { Hidden, ModelTemplate, Template } from '../hiding/index.ts'
import { fromBytes } from './embedding-bytes.ts'
import { FACE_MODEL, type FaceModel, faceModelOf } from './engine/face-model.ts'
import type { FoundFace } from './engine/found-face.ts'
import { dotProduct } from './engine/vectors.ts'

type Look = { embedding: Float32Array; quality: number }

/** The models with which hidden people can be told from the others: one of those given for each person, else another. */
export function modelsToTell(
  { templates }: Pick<Hidden, 'templates'>,
  models: readonly string[],
): string[] {
  const more = templates.flatMap(({ template }) => {
    if (template.some(({ model }) => models.includes(model))) return []
    return template.find(({ model }) => model === FACE_MODEL.id)?.model ?? template[0]?.model ?? []
  })
  return [...new Set([...models, ...more])]
}

/** Whether a face is that of a template: as surely as the event's searches ask for. */
export function isPerson(
  { selfies, expanded, model: id }: ModelTemplate,
  { embedding, quality }: Look,
  confidencePercentage: number | null,
): boolean {
  const model = faceModelOf(id)
  const least = model.requiredCosine(leastCosine(model, confidencePercentage), quality)
  return (
    selfies.some((selfie) => dotProduct(fromBytes(selfie), embedding) >= least) ||
    (expanded !== null && dotProduct(fromBytes(expanded), embedding) - model.expansionGain >= least)
  )
}

export const leastCosine = (model: FaceModel, confidencePercentage: number | null) =>
  model.cosineOf(confidencePercentage ?? model.defaultPercentage)

const findOf = (template: Template, model: string) => template.find((part) => part.model === model)

/** Where hidden people are in a picture, by the faces that any model found in it. */
export function findHiddenPeople(
  found: ReadonlyMap<string, readonly FoundFace[]>,
  { templates }: Pick<Hidden, 'templates'>,
  { confidencePercentage }: Pick<Event, 'confidencePercentage'>,
): { hidingId: string; box: number[] }[] {
  return templates.flatMap(({ hidingId, template }) =>
    [...found].flatMap(([model, faces]) => {
      const part = findOf(template, model)
      if (!part) return []
      return faces
        .filter((face) => isPerson(part, face, confidencePercentage))
        .map(({ box }) => ({ hidingId, box: box.map(Math.round) }))
    }),
  )
}

/**
 * Whether one of several selfies, each read by several models, surely shows somebody who is hidden. Surely: a stranger who only
 * resembles one has photos to find, while those of the hidden person are gone anyway.
 */
export function isHiddenSelfie(
  queries: ReadonlyMap<string, readonly Float32Array[]>,
  { templates }: Pick<Hidden, 'templates'>,
): boolean {
  return templates.some(({ template }) =>
    template.some(({ model, selfies }) =>
      (queries.get(model) ?? []).some((query) =>
        selfies.some(
          (selfie) => dotProduct(fromBytes(selfie), query) >= faceModelOf(model).sureCosine,
        ),
      ),
    ),
  )
}
