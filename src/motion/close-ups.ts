import {
  FACE_MODEL,
  type FaceModelsOfEvent,
  type FoundFace,
  type KnownFace,
  type KnownFaceDescriber,
} from '../faces/index.ts'
import { cutRegion } from '../media/cut-region.ts'
import type { Box, Picture } from '../media/picture.ts'
import { grow } from './engine/boxes.ts'

/** A face and what surrounds it, cut from a frame that is lent. */
export type CloseUp = { readonly picture: Picture; readonly known: KnownFace }

/** Sides of the face: embedders look at 1.5 of it, detectors want a rim. */
const REACH = 2

/** Longest side of sampled frames: what a larger video has more is decoded again where it pays. */
export const FRAME_SIDE = 1920
/** A face counts for selfies when the detector is as sure as this: backs of heads reach .95 once in 700 frames, faces often. */
export const SURE_FACE = 0.93

/** Undefined when the face lies outside of the frame. */
export function cutCloseUp(frame: Picture, face: KnownFace): CloseUp | undefined {
  const region = grow(face.box, REACH)
  const picture = cutRegion(frame, region)
  if (!picture) return undefined
  const [left, top] = [Math.max(0, Math.floor(region[0])), Math.max(0, Math.floor(region[1]))]
  const [x, y, width, height] = face.box
  const box: Box = [x - left, y - top, width, height]
  const landmarks = face.landmarks.map((value, i) => value - (i % 2 === 0 ? left : top))
  const { score, quality } = face
  return { picture, known: { box, landmarks, score, quality } }
}

/** A face as each of some models sees it. */
export async function describeCloseUp(
  { knownFaceDescriber }: { knownFaceDescriber: KnownFaceDescriber },
  { picture, known }: CloseUp,
  models: readonly string[],
  signal: AbortSignal,
): Promise<FoundFace[]> {
  const faces: FoundFace[] = []
  for (const model of models) faces.push(await knownFaceDescriber(picture, known, signal, model))
  return faces
}

/** The models besides the built-in one that have to look at an event's videos. */
export const othersOf = ({ searched, wanted }: FaceModelsOfEvent): string[] =>
  [...new Set([searched, wanted])].filter((model) => model !== FACE_MODEL.id)
