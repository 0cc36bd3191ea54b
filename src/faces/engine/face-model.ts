import { type EmbedderSpec, MANIFEST, type ModelSpec } from '../manifest.ts'

/**
 * A detector and what it hands to one or more embedders. An embedding is stored with the id; embeddings of different ids are
 * never compared.
 */
export type FaceModel = {
  readonly id: string
  /** As people type it. */
  readonly name: string
  readonly detector: string
  readonly embedders: readonly (EmbedderSpec & { readonly weight: number })[]
  /** Numbers in an embedding. */
  readonly dimensions: number
  /** Largest component that the int8 index must hold. */
  readonly quantiserReach: number
  /** What an event asks of a match unless it says otherwise, 0..100. */
  readonly defaultPercentage: number
  /** From this cosine on a match is sure enough to be asked with. */
  readonly sureCosine: number
  /** How much nearer everybody is to a mean of several looks: taken off before cosines are compared with a threshold. */
  readonly expansionGain: number
  /** How alike sure matches must be to each other on average: a stranger among them does not get in. */
  readonly agreement: number
  /** How sure it is that two embeddings show one person, 0..100. Grows with the cosine. */
  percentageOf(cosine: number): number
  /** The inverse of `percentageOf`, -1..1. */
  cosineOf(percentage: number): number
  /**
   * What a face of this quality (0..1) must reach so that it is as sure as a good face at `threshold`: small and blurred faces
   * resemble strangers more than large ones do.
   */
  requiredCosine(threshold: number, quality: number): number
}

/** Every face model there is, the recommended one last. */
export const FACE_MODELS: readonly FaceModel[] = Object.entries(MANIFEST.faces.models).map(
  ([name, spec]) => buildModel(name, spec),
)

/** The one that needs no download: where none was chosen, and for videos. */
export const FACE_MODEL = FACE_MODELS[0]!

/** @throws Error when this version does not know the model */
export function faceModelOf(id: string): FaceModel {
  const model = FACE_MODELS.find((known) => known.id === id)
  if (!model) throw new Error(`this version of trackside does not know the face model ${id}`)
  return model
}

/** Percentages are a logistic curve of the cosine, fitted to labelled searches: see decisions 0007 and 0023. */
function buildModel(
  name: string,
  { id, detector, embedders, reach, thresholds }: ModelSpec,
): FaceModel {
  const { centre, width, poorQuality, poorSurcharge } = thresholds
  const parts = embedders.map((part) => {
    const spec = MANIFEST.faces.embedders[part.name]
    if (!spec) throw new Error(`models/manifest.json describes no embedder ${part.name}`)
    return { ...spec, weight: part.weight }
  })
  return {
    id,
    name,
    detector,
    embedders: parts,
    dimensions: parts.reduce((sum, { dimensions }) => sum + dimensions, 0),
    quantiserReach: reach,
    defaultPercentage: thresholds.defaultPercentage,
    sureCosine: thresholds.sure,
    expansionGain: thresholds.expansionGain,
    agreement: thresholds.agreement,
    percentageOf: (cosine) => 100 / (1 + Math.exp((centre - cosine) / width)),
    cosineOf(percentage) {
      const logit = Math.log(percentage / (100 - percentage))
      return Math.min(1, Math.max(-1, centre + width * logit))
    },
    requiredCosine: (threshold, quality) =>
      threshold + poorSurcharge * Math.max(0, 1 - quality / poorQuality),
  }
}
