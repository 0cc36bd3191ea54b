import type { Pixels } from '../../media/scale-pixels.ts'
import type { DetectedFace } from './at-each-size.ts'
import type { Frames, Landmarks } from './locate-landmarks.ts'

/** How to look at a picture. */
export type Look = {
  /** The longest side in pixels, largest first; a picture is never enlarged. */
  readonly sides: readonly number[]
  /** Share of the longer side that is added all around in black, so that a face which fills the picture has a rim. */
  readonly rim?: number
  /** Where each face counts and pixels are few: the detector then computes as exactly as it can. */
  readonly isExact?: boolean
}

/** Finds faces and where their eyes, nose and mouth are. */
export type FaceDetector = {
  /** A photo has many small faces, a selfie one large that often fills the picture. */
  readonly looks: { readonly photo: Look; readonly selfie: Look }
  /** The surest first. Boxes may reach beyond the edge. */
  detect(picture: Pixels, look: Look): Promise<DetectedFace[]>
  /** The five points of faces that `detect` gave, in frames of these sizes where the points are not found in detecting. */
  locate(
    picture: Pixels,
    look: { faces: readonly DetectedFace[]; frames: Frames },
  ): Promise<Landmarks[]>
  release(): Promise<void>
}
