import type { FaceDescriber, FoundFace, KnownFaceDescriber } from '../faces/index.ts'
import type { Box, Picture } from '../media/picture.ts'
import type { RunTool } from '../media/run-ffmpeg.ts'
import { isSameSample, sampleFramesAgain } from '../media/sample-frames.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { cutCloseUp, describeCloseUp, FRAME_SIDE, SURE_FACE } from './close-ups.ts'
import { momentGone, originalMissing } from './errors.ts'
import type { KeptLook } from './model-queries.ts'
import { samplingOf } from './sampling.ts'
import type { Segment, Video } from './video-queries.ts'

type Deps = {
  store: ObjectStore
  faceDescriber: FaceDescriber
  knownFaceDescriber: KnownFaceDescriber
  runTool: RunTool
}

/**
 * Decodes the moments of looks again, the same frames as when they were found, and tells what a model sees in them.
 *
 * @throws video_original_missing, video_not_decodable
 */
export async function lookAgain(
  deps: Deps,
  {
    video,
    segment,
    looks,
    model,
  }: { video: Video; segment: Segment; looks: readonly KeptLook[]; model: string },
  signal: AbortSignal,
  onLook: (face: FoundFace, look: KeptLook) => void,
): Promise<void> {
  if (looks.length === 0) return
  const { originalKey, keyframes } = video
  if (!originalKey || !(await deps.store.stat(originalKey))) throw originalMissing(video.id)
  const { startSeconds } = segment
  const sampled = { ...samplingOf(video), startSeconds, maxSide: FRAME_SIDE, signal }
  for (const run of formRuns(looks, keyframes ?? [])) {
    const left = new Set(run)
    await sampleFramesAgain(
      deps,
      deps.store.locate(originalKey),
      sampled,
      [run[0]!.seconds, run.at(-1)!.seconds],
      async ({ picture, seconds }) => {
        for (const look of left) {
          if (!isSameSample(look.seconds, seconds, sampled.sampleFps)) continue
          left.delete(look)
          const face = await describeLook(deps, { picture, look, model }, signal)
          if (face) onLook(face, look)
        }
      },
    )
    const [gone] = left
    if (gone) throw momentGone(video.id, gone.seconds)
  }
}

async function describeLook(
  deps: Deps,
  { picture, look, model }: { picture: Picture; look: KeptLook; model: string },
  signal: AbortSignal,
): Promise<FoundFace | undefined> {
  const box = boxAt(look, picture)
  const known = { box, score: SURE_FACE, quality: look.quality }
  const landmarks =
    look.landmarks?.map((share, i) => share * (i % 2 === 0 ? picture.width : picture.height)) ??
    (await deps.faceDescriber(picture, [known], signal))[0]?.landmarks
  const closeUp = landmarks && cutCloseUp(picture, { ...known, landmarks })
  if (!closeUp) return undefined
  return (await describeCloseUp(deps, closeUp, [model], signal))[0]
}

/** Where the face of a look was: the nearest point of its track's path, in pixels of the frame. */
function boxAt({ path, seconds }: KeptLook, { width, height }: Picture): Box {
  let nearest = 0
  for (let at = 0; at < path.length; at += 5)
    if (Math.abs(path[at]! - seconds) < Math.abs(path[nearest]! - seconds)) nearest = at
  const [x = 0, y = 0, w = 0, h = 0] = path.slice(nearest + 1, nearest + 5)
  return [x * width, y * height, w * width, h * height]
}

/** Moments that are decoded at one go: going on costs less than beginning at the keyframe before the next. Exported for its test. */
export function formRuns<T extends { seconds: number }>(
  looks: readonly T[],
  keyframes: readonly number[],
): T[][] {
  const runs: T[][] = []
  for (const look of looks.toSorted((a, b) => a.seconds - b.seconds)) {
    const run = runs.at(-1)
    const keyframe = keyframes.findLast((time) => time <= look.seconds) ?? 0
    if (run && run.at(-1)!.seconds >= keyframe) run.push(look)
    else runs.push([look])
  }
  return runs
}
