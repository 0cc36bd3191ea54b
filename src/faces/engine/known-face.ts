import type { Picture } from '../../media/picture.ts'
import type { DetectedFace } from './at-each-size.ts'
import { isSameFace } from './boxes.ts'
import type { FaceDetector } from './face-detector.ts'
import type { FoundFace } from './found-face.ts'

/** A face as another model found it, in pixels of the picture. */
export type KnownFace = Pick<FoundFace, 'box' | 'score' | 'quality' | 'landmarks'>

type Nets = {
  detector: FaceDetector
  describeOwn: (face: DetectedFace) => Promise<FoundFace>
  embed: (points: readonly number[]) => Promise<Float32Array>
  model: string
}

/** Of a picture of twice the face: the face is then 128 px and more, or as large as it was filmed. */
const SIDES = [256]

/**
 * The face as a model sees it. Its own detector says where eyes, nose and mouth are, as it will in selfies; where it sees no face,
 * what the other model said of them counts.
 */
export async function describeKnownFace(
  { detector, describeOwn, embed, model }: Nets,
  picture: Picture,
  known: KnownFace,
): Promise<FoundFace> {
  const seen = await detector.detect(picture, { sides: SIDES })
  const own = seen.find(({ box }) => isSameFace(box, known.box))
  if (own) return describeOwn(own)
  return { ...known, embedding: await embed(known.landmarks), model }
}
