import type { Box } from '../../media/picture.ts'

/** A face found in a picture, with all that the index keeps of it. */
export type FoundFace = {
  /** How sure the detector is, 0..1. */
  readonly score: number
  /** In pixels of the picture, inside it. */
  readonly box: Box
  /** x, y in pixels of the picture: the eye at the left of the picture, the other, nose, left and right mouth corner. */
  readonly landmarks: readonly number[]
  /** 0..1: how much of what tells people apart is there to see. Never part of the embedding. */
  readonly quality: number
  /** Unit length. */
  readonly embedding: Float32Array
  /** Id of the model that made the embedding. */
  readonly model: string
}
