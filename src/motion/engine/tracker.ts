import type { FoundFace, ScoredBox } from '../../faces/index.ts'
import type { Box } from '../../media/picture.ts'
import { centreOf, grow, overlapOf } from './boxes.ts'

/** Where a tracked face was. */
export type Point = { readonly seconds: number; readonly box: Box }
export type Look = { readonly seconds: number; readonly face: FoundFace }

/** One person passing. */
export type Track = {
  readonly points: Point[]
  /** The sharpest faces so far, the best first. */
  looks: Look[]
}

type Living = Track & {
  /** The last face that was described: what the next is compared with. */
  last: FoundFace | undefined
  describedAt: number
}

export type TrackerOptions = {
  /** True when two faces surely show two people. */
  isOther: (a: FoundFace, b: FoundFace) => boolean
  /** How alike two faces are, 0..1. */
  likeness: (a: FoundFace, b: FoundFace) => number
  onEnd: (track: Track) => void
}

/** A person may be hidden for so long; sampled at 5 fps a runner is 3 m further by then. */
const MAX_UNSEEN_SECONDS = 1.2
/** Detections below start no track, but go on with one: a face that turns away (ByteTrack's second stage). */
const SURE = 0.6
/** The box alone decides when it overlaps that much and nobody else comes into question. */
const CLEAR_OVERLAP = 0.3
/** Runners move more than a face between samples: what is looked at is a box of head and shoulders. */
const REACH = 2.5
/** Least of overlap and likeness together for one person: half the reach, or a sure face, is enough. */
const LEAST_AFFINITY = 0.35
/** A track's face is described when somebody else comes into question, and every so often. */
const DESCRIBE_EVERY_SECONDS = 0.39
/** A new track is described at every look: short passings have few. */
const ENOUGH_LOOKS = 3
const MAX_LOOKS = 5
/** Looks closer than this show the same thing. */
const LOOK_APART_SECONDS = 0.15

export type Tracker = ReturnType<typeof createTracker>

/**
 * Links faces of successive frames to tracks: by predicted boxes where that is clear, else by boxes and embeddings together, sure
 * detections first, unsure ones after.
 */
export function createTracker({ isOther, likeness, onEnd }: TrackerOptions) {
  let living: Living[] = []
  /** Of the last frame, looked at or held. */
  let lastSeconds = Number.NEGATIVE_INFINITY

  const endOld = (seconds: number) => {
    const [alive, dead] = partition(
      living,
      ({ points }) => seconds - points.at(-1)!.seconds <= MAX_UNSEEN_SECONDS,
    )
    living = alive
    for (const track of dead) onEnd(track)
  }

  const endAll = () => {
    for (const track of living) onEnd(track)
    living = []
  }

  return {
    /** Boxes where living tracks are expected. */
    expected: (seconds: number): Box[] => living.map((track) => predict(track, seconds)),

    /** Nothing moved since the last frame: who was seen in it is where they were, and who was not stays out of view. */
    hold(seconds: number) {
      for (const { points } of living) {
        const { seconds: seenAt, box } = points.at(-1)!
        if (seenAt === lastSeconds) points.push({ seconds, box })
      }
      endOld(seconds)
      lastSeconds = seconds
    },

    /**
     * @param describe tells faces apart, in their order; it costs, so not every face is described
     * @param isCut the picture changed as a whole: nobody goes on from the frames before
     */
    async add(
      { seconds, faces, isCut }: { seconds: number; faces: readonly ScoredBox[]; isCut: boolean },
      describe: (faces: readonly ScoredBox[]) => Promise<FoundFace[]>,
    ): Promise<void> {
      if (isCut) endAll()
      else endOld(seconds)
      const expected = new Map(living.map((track) => [track, predict(track, seconds)]))
      const clear = findClearPairs(faces, expected)
      const toDescribe = faces.filter((face) => {
        const track = clear.get(face)
        if (!track) return face.score >= SURE
        return (
          track.looks.length < ENOUGH_LOOKS || seconds - track.describedAt >= DESCRIBE_EVERY_SECONDS
        )
      })
      const described = new Map<ScoredBox, FoundFace>()
      if (toDescribe.length > 0) {
        const found = await describe(toDescribe)
        toDescribe.forEach((face, i) => {
          described.set(face, found[i]!)
        })
      }

      const taken = new Map<ScoredBox, Living>()
      const free = new Set(living)
      const take = (face: ScoredBox, track: Living) => {
        taken.set(face, track)
        free.delete(track)
      }
      for (const [face, track] of clear) {
        const found = described.get(face)
        if (!found || !track.last || !isOther(found, track.last)) take(face, track)
      }
      for (const isSure of [true, false]) {
        const rest = faces.filter((face) => !taken.has(face) && face.score >= SURE === isSure)
        for (const { face, track } of pairsByAffinity(rest, [...free]))
          if (!taken.has(face) && free.has(track)) take(face, track)
      }
      for (const face of faces) {
        const track = taken.get(face) ?? (face.score >= SURE ? begin() : undefined)
        if (track) extend(track, { seconds, face, found: described.get(face) })
      }
      lastSeconds = seconds

      function pairsByAffinity(rest: readonly ScoredBox[], tracks: readonly Living[]) {
        return rest
          .flatMap((face) =>
            tracks.map((track) => ({ face, track, affinity: affinityOf(face, track) })),
          )
          .filter(({ affinity }) => affinity >= LEAST_AFFINITY)
          .sort((a, b) => b.affinity - a.affinity)
      }

      function affinityOf(face: ScoredBox, track: Living): number {
        const box = expected.get(track)
        const near = box ? overlapOf(grow(face.box, REACH), grow(box, REACH)) : 0
        const found = described.get(face)
        if (!found || !track.last) return near >= 0.3 ? near : 0
        if (near === 0 || isOther(found, track.last)) return 0
        return (near + likeness(found, track.last)) / 2
      }
    },

    /** The end of the footage: every track ends. */
    finish: endAll,

    living: (): readonly Track[] => living,
  }

  function begin(): Living {
    const track: Living = {
      points: [],
      looks: [],
      last: undefined,
      describedAt: Number.NEGATIVE_INFINITY,
    }
    living.push(track)
    return track
  }
}

function extend(
  track: Living,
  { seconds, face, found }: { seconds: number; face: ScoredBox; found: FoundFace | undefined },
) {
  track.points.push({ seconds, box: face.box })
  if (!found) return
  track.last = found
  track.describedAt = seconds
  const worse = track.looks.find(
    (look) =>
      Math.abs(look.seconds - seconds) < LOOK_APART_SECONDS && worth(look.face) < worth(found),
  )
  const isDouble = track.looks.some((look) => Math.abs(look.seconds - seconds) < LOOK_APART_SECONDS)
  if (isDouble && !worse) return
  track.looks = [...track.looks.filter((look) => look !== worse), { seconds, face: found }]
    .sort((a, b) => worth(b.face) - worth(a.face))
    .slice(0, MAX_LOOKS)
}

/** How much a face helps to recognise a person: sure, large and well seen. */
const worth = ({ quality, score, box }: FoundFace) =>
  quality + score + 0.2 * Math.min(1, Math.min(box[2], box[3]) / 96)

/** Where a track is expected: it goes on as it went over its last points, for half a second at most. */
function predict({ points }: Track, seconds: number): Box {
  const last = points.at(-1)!
  const before = points.findLast(({ seconds: time }) => last.seconds - time >= 0.15) ?? points[0]!
  const span = last.seconds - before.seconds
  if (span <= 0) return last.box
  const [x, y] = centreOf(last.box)
  const [fromX, fromY] = centreOf(before.box)
  const ahead = Math.min(0.5, seconds - last.seconds) / span
  return [
    last.box[0] + (x - fromX) * ahead,
    last.box[1] + (y - fromY) * ahead,
    last.box[2],
    last.box[3],
  ]
}

/** Pairs of which each is the only one that comes into question for the other. */
function findClearPairs<T extends ScoredBox>(
  faces: readonly T[],
  expected: ReadonlyMap<Living, Box>,
): Map<ScoredBox, Living> {
  const near = (face: T) =>
    [...expected].filter(([, box]) => overlapOf(grow(face.box, REACH), grow(box, REACH)) > 0.1)
  const claims = new Map<Living, number>()
  const candidates = faces.map((face) => ({ face, near: near(face) }))
  for (const { near } of candidates)
    for (const [track] of near) claims.set(track, (claims.get(track) ?? 0) + 1)
  const pairs = new Map<ScoredBox, Living>()
  for (const { face, near } of candidates) {
    const [only] = near
    if (!only || near.length > 1 || claims.get(only[0]) !== 1) continue
    if (overlapOf(face.box, only[1]) >= CLEAR_OVERLAP) pairs.set(face, only[0])
  }
  return pairs
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const first: T[] = []
  const second: T[] = []
  for (const item of items) (isFirst(item) ? first : second).push(item)
  return [first, second]
}
