import type { FaceDescriber, FaceLocator, FaceModel, ScoredBox } from '../../faces/index.ts'
import type { Box, Picture } from '../../media/picture.ts'
import type { Frame } from '../../media/sample-frames.ts'
import { grow } from './boxes.ts'
import { isOther, likeness } from './compare-faces.ts'
import { createTracker, type Track } from './tracker.ts'
import { watchChange } from './watch-change.ts'

export type WatchDeps = {
  faceLocator: FaceLocator
  faceDescriber: FaceDescriber
  faceModel: FaceModel
}

type Watch = {
  onTrack: (track: Track) => void
  /** Called for every frame that was looked at, with the tracks seen in it. */
  onSeen: (tracks: readonly Track[], frame: Frame) => Promise<void>
}

/**
 * Longest sides at which the whole picture is searched: the larger finds faces of 40 px of a 1080p picture, the smaller those of
 * 70 px and more, which the larger misses (all of `gestures`, half of `people`).
 */
const WHOLE_SIDES = [768, 384]
/** Between two looks at the whole picture only the surroundings of tracked faces are searched, at 10 ms each. */
const REGION_SIDES = [192]
const REGION_SIZE = 3.2
/** With more tracks than this one look at the whole picture is cheaper, or not much dearer. */
const MAX_REGIONS = 4
/** While nobody is in view, one of so many frames is searched; a find has the ones before it searched too. */
const IDLE_STRIDE = 3
/** How often the whole picture is searched while people are followed: newcomers are seen from then on. */
const WHOLE_EVERY = 3

/** Follows faces through the frames of a segment, spending as little as the scene allows. */
export function watchSegment(
  { faceLocator, faceDescriber, faceModel }: WatchDeps,
  { onTrack, onSeen }: Watch,
  signal: AbortSignal,
) {
  const changeOf = watchChange()
  const tracker = createTracker({
    isOther: isOther(faceModel),
    likeness: likeness(faceModel),
    onEnd: onTrack,
  })
  let skipped: Frame[] = []
  let sinceWhole = Number.POSITIVE_INFINITY

  const locateWhole = (picture: Picture) =>
    faceLocator(picture, { sides: WHOLE_SIDES, isExact: true }, signal)

  const add = async (frame: Frame, faces: readonly ScoredBox[], isCut: boolean) => {
    const { picture, seconds } = frame
    await tracker.add({ seconds, faces, isCut }, (some) => faceDescriber(picture, some, signal))
    const seen = tracker.living().filter(({ points }) => points.at(-1)?.seconds === seconds)
    if (seen.length > 0) await onSeen(seen, frame)
  }

  return {
    async look(frame: Frame): Promise<void> {
      const change = changeOf(frame.picture)
      if (change === 'none') {
        tracker.hold(frame.seconds)
        skipped = []
        return
      }
      const isCut = change === 'cut'
      const expected = tracker.expected(frame.seconds)
      if (expected.length === 0) {
        if (!isCut && skipped.length < IDLE_STRIDE - 1) {
          skipped.push(frame)
          return
        }
        const faces = await locateWhole(frame.picture)
        const before = skipped
        skipped = []
        sinceWhole = 0
        if (faces.length === 0) return
        for (const earlier of before) await add(earlier, await locateWhole(earlier.picture), false)
        return add(frame, faces, isCut)
      }
      sinceWhole++
      if (isCut || sinceWhole >= WHOLE_EVERY || expected.length > MAX_REGIONS) {
        sinceWhole = 0
        return add(frame, await locateWhole(frame.picture), isCut)
      }
      return add(frame, await locateNear(frame.picture, expected), false)
    },
    finish: () => tracker.finish(),
  }

  async function locateNear(picture: Picture, expected: readonly Box[]): Promise<ScoredBox[]> {
    const found: ScoredBox[] = []
    for (const box of expected) {
      const side = Math.max(box[2], box[3], 24)
      const square: Box = [box[0] + (box[2] - side) / 2, box[1] + (box[3] - side) / 2, side, side]
      const region = grow(square, REGION_SIZE)
      for (const face of await faceLocator(
        picture,
        { sides: REGION_SIDES, region, isExact: true },
        signal,
      ))
        if (!found.some((other) => isSame(other.box, face.box))) found.push(face)
    }
    return found
  }
}

/** Regions of neighbours overlap: the face in both is one. */
function isSame(a: Box, b: Box): boolean {
  const [ax, ay] = [a[0] + a[2] / 2, a[1] + a[3] / 2]
  return ax > b[0] && ax < b[0] + b[2] && ay > b[1] && ay < b[1] + b[3]
}
