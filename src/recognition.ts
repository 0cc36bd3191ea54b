import type { BibRead } from './bibs/engine/bib-read.ts'
import type { BibReader } from './bibs/index.ts'
import { decodeSelfie } from './faces/engine/decode-selfie.ts'
import { FACE_MODEL } from './faces/engine/face-model.ts'
import type { FoundFace } from './faces/engine/found-face.ts'
import type { FaceLook, KnownFace, ScoredBox } from './faces/engine/open-face-engine.ts'
import type {
  FaceDescriber,
  FaceFinder,
  FaceLocator,
  KnownFaceDescriber,
  SelfieReader,
} from './faces/index.ts'
import { createThreadPool } from './inference/thread-pool.ts'
import type { Decoder } from './media/decoder/open-decoder.ts'
import type { Box, Picture } from './media/picture.ts'

/** The engines, in worker threads of this process. */
export type Recognition = {
  bibReader: BibReader
  faceFinder: FaceFinder
  selfieReader: SelfieReader
  faceLocator: FaceLocator
  faceDescriber: FaceDescriber
  knownFaceDescriber: KnownFaceDescriber
  stop(): Promise<void>
}

export type ThreadData = { cacheDir: string; modelsDir: string }
export type BibTask = { picture: Picture; faces: readonly Box[] }
/** What is looked at, and the id of the face model that is to look at it. */
export type FaceTask<Input> = { input: Input; model: string }
export type FaceToLocate = { picture: Picture; look: FaceLook }
export type FacesToDescribe = { picture: Picture; faces: readonly ScoredBox[] }
export type KnownFaceToDescribe = { picture: Picture; known: KnownFace }

/** This file runs as it is, and as JavaScript in the built package. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './recognition-thread.ts' : './recognition-thread.js',
  import.meta.url,
)

/**
 * @param threads networks are loaded once in each
 * @param maxQueue pictures that may wait; more are refused with recognition_busy
 * @param maxWaitMs how long one may have to wait; without it, however long
 */
export function openRecognition({
  cacheDir,
  modelsDir,
  threads,
  maxQueue,
  maxWaitMs,
  decode,
  giveBack,
}: {
  cacheDir: string
  modelsDir: string
  /** For selfies. */
  decode: Decoder['decode']
  giveBack?: Decoder['giveBack']
  threads: number
  maxQueue: number
  maxWaitMs?: number | undefined
}): Recognition {
  const workerData: ThreadData = { cacheDir, modelsDir }
  const pool = createThreadPool({ entry: ENTRY, workerData, size: threads, maxQueue, maxWaitMs })
  return {
    bibReader: (picture, signal, faces = []) =>
      pool.run<BibRead[]>('readBibs', { picture, faces } satisfies BibTask, signal),
    faceFinder: (input, signal, model = FACE_MODEL.id) =>
      pool.run<FoundFace[]>('findFaces', { input, model } satisfies FaceTask<Picture>, signal),
    async selfieReader(selfie, signal, model = FACE_MODEL.id) {
      // Who is refused has cost no decoding: selfies are refused when there is too much to do.
      const input = await pool.prepare(() => decodeSelfie(decode, selfie, signal))
      const task = { input, model } satisfies FaceTask<Picture>
      const embedding = await pool.run<Float32Array | undefined>('readSelfie', task, signal)
      giveBack?.(input)
      return embedding
    },
    faceLocator: (picture, look, signal) =>
      pool.run<ScoredBox[]>(
        'locateFaces',
        { input: { picture, look }, model: FACE_MODEL.id } satisfies FaceTask<FaceToLocate>,
        signal,
      ),
    faceDescriber: (picture, faces, signal) =>
      pool.run<FoundFace[]>(
        'describeFaces',
        { input: { picture, faces }, model: FACE_MODEL.id } satisfies FaceTask<FacesToDescribe>,
        signal,
      ),
    knownFaceDescriber: (picture, known, signal, model) =>
      pool.run<FoundFace>(
        'describeKnownFace',
        { input: { picture, known }, model } satisfies FaceTask<KnownFaceToDescribe>,
        signal,
      ),
    stop: () => pool.stop(),
  }
}
