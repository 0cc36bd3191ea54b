import { expect, test } from 'vitest'
import { FACE_MODEL, type FoundFace, type ScoredBox } from '../../faces/index.ts'
import { isOther, likeness } from './compare-faces.ts'
import { createTracker, type Track } from './tracker.ts'

const RATE = 5
const someone: ScoredBox = { score: 0.95, box: [100, 100, 60, 60] }

const describe = async (faces: readonly ScoredBox[]): Promise<FoundFace[]> =>
  faces.map((face) => ({
    ...face,
    landmarks: [],
    quality: 0.9,
    embedding: new Float32Array(128).fill(Math.sqrt(1 / 128)),
    model: FACE_MODEL.id,
  }))

/** What is seen in frames of a fifth of a second: somebody, nobody, or no change to the frame before. */
async function follow(frames: readonly ('seen' | 'gone' | 'still')[]) {
  const tracks: Track[] = []
  const tracker = createTracker({
    isOther: isOther(FACE_MODEL),
    likeness: likeness(FACE_MODEL),
    onEnd: (track) => tracks.push(track),
  })
  for (const [i, frame] of frames.entries()) {
    const seconds = i / RATE
    if (frame === 'still') tracker.hold(seconds)
    else
      await tracker.add(
        { seconds, faces: frame === 'seen' ? [someone] : [], isCut: false },
        describe,
      )
  }
  tracker.finish()
  return tracks.map(({ points }) => [points[0]!.seconds, points.at(-1)!.seconds])
}

const of = <T>(length: number, what: T) => Array.from({ length }, () => what)

test('who stands still in a picture that stands still is there all the time', async () => {
  expect(await follow(['seen', 'seen', ...of(20, 'still' as const), 'seen'])).toEqual([[0, 4.4]])
})

test('who left is not held in the picture of the empty place that stands still afterwards', async () => {
  expect(await follow(['seen', 'seen', 'gone', ...of(20, 'still' as const)])).toEqual([[0, 0.2]])
})

test('who comes back a while after an empty picture that stood still is seen twice', async () => {
  const frames = ['seen', 'seen', 'gone', ...of(10, 'still' as const), 'seen', 'seen'] as const
  expect(await follow(frames)).toEqual([
    [0, 0.2],
    [2.6, 2.8],
  ])
})
