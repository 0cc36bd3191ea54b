/**
 * What the rest of the program knows of the face embedder. An embedding is stored with the id; embeddings of different ids are
 * never compared.
 */
export type FaceModel = {
  readonly id: string
  /** Numbers in an embedding. */
  readonly dimensions: number
  /** Largest component that the int8 index must hold. */
  readonly quantiserReach: number
  /** SPDX id of the licence of the weights. */
  readonly licence: string
  readonly input: {
    readonly side: number
    readonly divisor: number
    /** Where the five points lie in the aligned face: x, y in pixels, the eye at the left first. */
    readonly template: readonly number[]
  }
  /** What an event asks of a match unless it says otherwise, 0..100. */
  readonly defaultPercentage: number
  /** How sure it is that two embeddings show one person, 0..100. Grows with the cosine. */
  percentageOf(cosine: number): number
  /** The inverse of `percentageOf`, -1..1. */
  cosineOf(percentage: number): number
  /** What a face of this quality (0..1) must reach so that it is as sure as a good face at `threshold`. */
  requiredCosine(threshold: number, quality: number): number
}

/**
 * The logistic curve fitted to 28 selfies against the best face of 322 photos, 8,900 pairs of which 3 % show the same person
 * (centre .928, width .0045). The centre stands .001 higher, for events are larger and strangers more.
 */
const CALIBRATION = { centre: 0.929, width: 0.0045 }

/**
 * Below this quality the bar rises, by .01 at most: faces of 20 px resemble strangers more than large ones do. Strangers at
 * the top of the labelled set are 28-35 px wide.
 */
const POOR = { quality: 0.5, surcharge: 0.01 }

/** dlib's face recognition ResNet. Strangers have a cosine of .83 on average, so raw cosines mean nothing to people. */
export const FACE_MODEL: FaceModel = {
  id: 'dlib-resnet-v1',
  dimensions: 128,
  // Components reach .361 (612 faces); a quantiser that clips at 1/3 moves cosines by .019, at .40 by .006.
  quantiserReach: 0.4,
  licence: 'CC0-1.0',
  input: {
    side: 150,
    divisor: 256,
    template: [47.549, 46.599, 100.476, 46.599, 74.013, 76.563, 50.415, 103.023, 97.61, 103.023],
  },
  // .931: on the labelled set 99 % of what 28 selfies find is right, and 89 % of all there is; 99 % with expandQuery.
  defaultPercentage: 60,
  percentageOf: (cosine) => 100 / (1 + Math.exp((CALIBRATION.centre - cosine) / CALIBRATION.width)),
  cosineOf(percentage) {
    const logit = Math.log(percentage / (100 - percentage))
    return Math.min(1, Math.max(-1, CALIBRATION.centre + CALIBRATION.width * logit))
  },
  requiredCosine: (threshold, quality) =>
    threshold + POOR.surcharge * Math.max(0, 1 - quality / POOR.quality),
}
