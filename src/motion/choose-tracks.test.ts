import { expect, test } from 'vitest'
import { FACE_MODEL } from '../faces/index.ts'
import { type Candidate, chooseTracks } from './choose-tracks.ts'

const AXES = FACE_MODEL.dimensions
/** A unit vector whose cosine with the first axis is given; `axis` is where the rest points. */
const at = (cosine: number, axis: number) => {
  const vector = new Float32Array(AXES)
  vector[0] = cosine
  vector[axis] = Math.sqrt(1 - cosine * cosine)
  return vector
}
const SELFIE = at(1, 1)
const track = (
  thread: string,
  looks: Float32Array[],
  span = [0, 5],
  videoId = thread,
): Candidate => ({
  thread,
  videoId,
  spans: [{ startSeconds: span[0]!, endSeconds: span[1]! }],
  looks: looks.map((embedding) => ({ embedding, quality: 1 })),
})
const choose = (...candidates: Candidate[]) =>
  chooseTracks(SELFIE, candidates, { model: FACE_MODEL, percentage: 60 }).map(
    ({ candidate }) => candidate.thread,
  )

test('the person of the selfie is chosen, others are not', () => {
  expect(choose(track('me', [at(0.96, 2)]), track('other', [at(0.9, 3)]))).toEqual(['me'])
})

test('a look-alike far behind the best match of a video is somebody else', () => {
  const [me, alike] = [
    track('me', [at(0.985, 2)], [0, 5], 'v'),
    track('alike', [at(0.945, 3)], [10, 15], 'v'),
  ]
  expect(choose(me, alike)).toEqual(['me'])
})

test('who looks otherwise in another video is found there', () => {
  expect(choose(track('me', [at(0.985, 2)]), track('later', [at(0.945, 3)]))).toEqual([
    'me',
    'later',
  ])
})

test('who is very far behind the best match of all is found nowhere', () => {
  expect(choose(track('me', [at(1, 2)]), track('alike', [at(0.934, 3)]))).toEqual(['me'])
  expect(choose(track('me', [at(0.98, 2)]), track('later', [at(0.934, 3)]))).toEqual([
    'me',
    'later',
  ])
})

test('a doubtful match counts only when it is nearer than the strangers beside a sure one', () => {
  const [me, stranger] = [
    track('me', [at(0.985, 2)], [0, 5], 'v'),
    track('stranger', [at(0.944, 3)], [10, 15], 'v'),
  ]
  expect(choose(me, stranger, track('alike', [at(0.946, 4)]))).toEqual(['me'])
  expect(choose(me, stranger, track('later', [at(0.952, 4)]))).toEqual(['me', 'later'])
})

test('of two persons of a video that could both be the one neither is', () => {
  const [one, other] = [
    track('one', [at(0.945, 2)], [0, 5], 'v'),
    track('other', [at(0.942, 3)], [10, 15], 'v'),
  ]
  expect(choose(one)).toEqual(['one'])
  expect(choose(one, other)).toEqual([])
})

test('of two persons in view at once only the better match is one', () => {
  const [me, beside] = [
    track('me', [at(0.97, 2)], [0, 5], 'v'),
    track('beside', [at(0.965, 3)], [1, 6], 'v'),
  ]
  expect(choose(me, beside)).toEqual(['me'])
})

test('a track whose looks disagree must match beyond doubt, for their mean resembles many', () => {
  const mixed = [3, 4].map((axis) => at(0.9, axis))
  expect(choose(track('mixed', mixed))).toEqual([])
})
