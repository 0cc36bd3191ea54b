import { join } from 'node:path'
import type { OpenNet } from '../../inference/session.ts'
import { cutRegion } from '../../media/cut-region.ts'
import type { Box, Picture } from '../../media/picture.ts'
import { MANIFEST } from '../manifest.ts'
import { type FaceModelFiles, prepareFaceModels } from '../weights/prepare-face-models.ts'
import type { DetectedFace } from './at-each-size.ts'
import type { ScoredBox } from './boxes.ts'
import { embedFaces, PHOTO_ZOOMS, SELFIE_ZOOMS } from './embed-faces.ts'
import type { FaceDetector, Look } from './face-detector.ts'
import type { FaceModel } from './face-model.ts'
import type { FoundFace } from './found-face.ts'
import { judgeQuality } from './judge-quality.ts'
import { describeKnownFace, type KnownFace } from './known-face.ts'
import { ONE_FRAME, SELFIE_FRAMES } from './locate-landmarks.ts'
import { openSsdDetector } from './ssd-detector.ts'
import { openYunetDetector } from './yunet-detector.ts'

export type { ScoredBox } from './boxes.ts'
export type { FoundFace } from './found-face.ts'
export type { KnownFace } from './known-face.ts'

/** Finds faces and embeds them. Not for use by several calls at once: open one a thread. */
export type FaceEngine = {
  /** Every face of 20 px and more, the surest first. */
  findFaces(picture: Picture): Promise<FoundFace[]>
  /** The face that a selfie is about: the largest area times score. Undefined when there is none. */
  findSelfie(picture: Picture): Promise<FoundFace | undefined>
  /** Where faces are, in one look at a picture or a region of it: what video tracking needs many times a second. */
  locateFaces(picture: Picture, look: FaceLook): Promise<ScoredBox[]>
  /** Landmarks, quality and embedding of faces located before, in their order. */
  describeFaces(picture: Picture, faces: readonly ScoredBox[]): Promise<FoundFace[]>
  /** The same of a face that another model found, in a picture of little more than the face. */
  describeKnownFace(picture: Picture, known: KnownFace): Promise<FoundFace>
  release(): Promise<void>
}

/** One look at a picture, or at a region of it. */
export type FaceLook = Look & {
  /** Undefined: the whole picture. */
  readonly region?: Box | undefined
}

/** Smaller faces cannot be told apart: at 20 px half of the matches are lost, at 32 px one in ten. */
const MIN_SIDE = 20

export type Folders = {
  /** Where converted nets are kept. */
  readonly cacheDir: string
  /** Where downloaded nets lie. */
  readonly modelsDir: string
}

/** Loads the nets of a face model. */
export async function openFaceEngine(
  { cacheDir, modelsDir, openNet }: Folders & { openNet: OpenNet },
  model: FaceModel,
): Promise<FaceEngine> {
  const converted = await prepareFaceModels(cacheDir)
  const files = { converted, modelsDir, openNet }
  const [detector, embedders] = await Promise.all([
    openDetector(files, model.detector),
    Promise.all(
      model.embedders.map(async ({ weight, ...spec }) => {
        const net = await openNet(
          MANIFEST.faces.downloads[spec.file]
            ? join(files.modelsDir, spec.file)
            : files.converted.embedder,
          'embedder',
        )
        return { net, spec, weight }
      }),
    ),
  ])

  async function describe(
    picture: Picture,
    found: readonly DetectedFace[],
    { frames, zooms } = { frames: ONE_FRAME, zooms: PHOTO_ZOOMS },
  ) {
    const landmarks = await detector.locate(picture, { faces: found, frames })
    const faces = landmarks.map(({ points }) => points)
    const embeddings = await embedFaces(embedders, picture, { faces, zooms })
    return found.map(
      (face, i): FoundFace => ({
        score: face.score,
        box: clip(face.box, picture),
        landmarks: faces[i]!,
        quality: judgeQuality(face, landmarks[i]!),
        embedding: embeddings[i]!,
        model: model.id,
      }),
    )
  }

  return {
    async findFaces(picture) {
      const found = await detector.detect(picture, detector.looks.photo)
      const large = found.filter(({ box }) => isLargeEnough(clip(box, picture)))
      return describe(picture, large)
    },

    async findSelfie(picture) {
      const found = await detector.detect(picture, detector.looks.selfie)
      const size = ({ score, box }: DetectedFace) => score * box[2] * box[3]
      const [largest] = found
        .filter(({ box }) => isLargeEnough(clip(box, picture)))
        .toSorted((a, b) => size(b) - size(a))
      if (!largest) return undefined
      const close = { frames: SELFIE_FRAMES, zooms: SELFIE_ZOOMS }
      const [face] = await describe(picture, [largest], close)
      return face
    },

    async locateFaces(picture, { region, ...look }) {
      const seen = region ? cutRegion(picture, region) : picture
      if (!seen) return []
      const found = await detector.detect(seen, look)
      const [left, top] = region ? [Math.max(0, region[0]), Math.max(0, region[1])] : [0, 0]
      return found
        .map(({ score, box: [x, y, width, height] }) => ({
          score,
          box: clip([x + Math.floor(left), y + Math.floor(top), width, height], picture),
        }))
        .filter(({ box }) => isLargeEnough(box))
    },

    describeFaces: (picture, faces) => describe(picture, faces),

    async describeKnownFace(picture, known) {
      const describeOwn = async (own: DetectedFace) => (await describe(picture, [own]))[0]!
      const embed = async (points: readonly number[]) =>
        (await embedFaces(embedders, picture, { faces: [points], zooms: PHOTO_ZOOMS }))[0]!
      const net = { detector, describeOwn, embed, model: model.id }
      return describeKnownFace(net, picture, known)
    },

    async release() {
      await Promise.all([detector.release(), ...embedders.map(({ net }) => net.release())])
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

function openDetector(
  {
    converted,
    modelsDir,
    openNet,
  }: { converted: FaceModelFiles; modelsDir: string; openNet: OpenNet },
  name: string,
): Promise<FaceDetector> {
  if (name === 'ssd-mobilenet') return openSsdDetector({ openNet }, converted)
  const { files, mean, deviation, channelOrder, multiple } = MANIFEST.faces.detectors[name] ?? {}
  if (!(files?.[0] && mean && deviation && channelOrder && multiple))
    throw new Error(`models/manifest.json describes no detector ${name}`)
  const input = { mean, deviation, channelOrder, multiple }
  return openYunetDetector({ openNet }, { file: join(modelsDir, files[0]), ...input })
}
