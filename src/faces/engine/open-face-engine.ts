import { openNet } from '../../inference/session.ts'
import type { Box, Picture } from '../../media/picture.ts'
import type { FaceModelFiles } from '../weights/prepare-face-models.ts'
import type { ScoredBox } from './boxes.ts'
import { detectFaces } from './detect-faces.ts'
import { embedFaces, PHOTO_ZOOMS, SELFIE_ZOOMS, type Zooms } from './embed-faces.ts'
import { FACE_MODEL } from './face-model.ts'
import type { FoundFace } from './found-face.ts'
import { judgeQuality } from './judge-quality.ts'
import { locateLandmarks } from './locate-landmarks.ts'
import { readAnchors } from './ssd-boxes.ts'

export type { FoundFace } from './found-face.ts'

/** Finds faces and embeds them. Not for use by several calls at once: open one a thread. */
export type FaceEngine = {
  /** Every face of 20 px and more, the surest first. */
  findFaces(picture: Picture): Promise<FoundFace[]>
  /** The face that a selfie is about: the largest area times score. Undefined when there is none. */
  findSelfie(picture: Picture): Promise<FoundFace | undefined>
  release(): Promise<void>
}

/**
 * A photo is looked at in two sizes: in the larger the net finds faces of 15 px and more, in the smaller those that a tile would
 * cut. 1600 px finds 1 % more faces for 138 % of the CPU, 1024 px 5 % fewer for 75 %; the F1 of searches is the same.
 */
const PHOTO = { sides: [1280, 512], minScore: 0.4 }
/** Smaller faces cannot be told apart: at 20 px half of the matches are lost, at 32 px one in ten. */
const MIN_SIDE = 20

/**
 * A face that fills the picture is missed at 512 px (8 of 28 selfies) and found at 256 px (28 of 28, score .93 and more), where
 * all around it is black.
 */
const SELFIE = { sides: [512, 256], minScore: 0.4 }

/** @param files made by `prepareFaceModels` */
export async function openFaceEngine(files: FaceModelFiles): Promise<FaceEngine> {
  const [detectorNet, levels, landmarkNet, embedderNet] = await Promise.all([
    openNet(files.detector),
    readAnchors(files.detectorPriors),
    openNet(files.landmarks),
    openNet(files.embedder),
  ])
  const detector = { net: detectorNet, levels }

  async function describe(picture: Picture, found: readonly ScoredBox[], zooms: Zooms) {
    const boxes = found.map(({ box }) => box)
    const landmarks = await locateLandmarks(landmarkNet, picture, boxes)
    const faces = landmarks.map(({ points }) => points)
    const embeddings = await embedFaces(embedderNet, picture, { faces, zooms })
    return found.map(
      (face, i): FoundFace => ({
        score: face.score,
        box: clip(face.box, picture),
        landmarks: faces[i]!,
        quality: judgeQuality(face, landmarks[i]!),
        embedding: embeddings[i]!,
        model: FACE_MODEL.id,
      }),
    )
  }

  return {
    async findFaces(picture) {
      const found = await detectFaces(detector, picture, PHOTO)
      const large = found.filter(({ box }) => isLargeEnough(clip(box, picture)))
      return describe(picture, large, PHOTO_ZOOMS)
    },

    async findSelfie(picture) {
      const found = await detectFaces(detector, picture, SELFIE)
      const size = ({ score, box }: ScoredBox) => score * box[2] * box[3]
      const [largest] = found
        .filter(({ box }) => isLargeEnough(clip(box, picture)))
        .toSorted((a, b) => size(b) - size(a))
      if (!largest) return undefined
      const [face] = await describe(picture, [largest], SELFIE_ZOOMS)
      return face
    },

    async release() {
      await Promise.all([detectorNet.release(), landmarkNet.release(), embedderNet.release()])
    },
  }
}

const isLargeEnough = ([, , width, height]: Box) => Math.min(width, height) >= MIN_SIDE

/** The part of a box that lies in the picture. */
function clip([x, y, width, height]: Box, picture: Picture): Box {
  const left = Math.min(picture.width, Math.max(0, x))
  const top = Math.min(picture.height, Math.max(0, y))
  const right = Math.min(picture.width, Math.max(0, x + width))
  const bottom = Math.min(picture.height, Math.max(0, y + height))
  return [left, top, right - left, bottom - top]
}
