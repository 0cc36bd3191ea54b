import type { FaceModel } from '../faces/index.ts'
import { cosineStep, dot } from './engine/compare-faces.ts'
import { type Candidate, type Rated, rateTracks } from './rate-tracks.ts'

export type { Candidate } from './rate-tracks.ts'

export type Chosen = {
  readonly candidate: Candidate
  readonly percentage: number
  readonly cosine: number
}

/** People in one light and room resemble each other: who is so many steps behind the best match of a video is somebody else. */
const MAX_BEHIND = 6
/** In other light and places the same person may be further behind, but not so many steps behind the best match of all. */
const MAX_BEHIND_ALL = 12
/** A doubtful match is so many steps nearer than strangers, where it is known who is one. */
const MARGIN = 1
/** So many steps from a doubtful match to another person of its video, and it could be either. */
const RIVAL_WITHIN = 1.5
/** Tracks of one person in one light are at least so many steps above an even chance. */
const SAME_PERSON = 6
/** Two persons seen at once are two: the share of the shorter appearance that may be shared. */
const MAX_SHARED = 0.5

/**
 * Decides which persons of an event's videos are the one of the selfie. Who matches beyond doubt is, and with them who is not far
 * behind in the same video. In a video without a sure match a doubtful one counts when it comes nearer than those who stand beside
 * sure ones, as they are strangers, and when no other person of the video rivals it: how near strangers come depends on selfie,
 * light and room, so each search measures it. Of persons in view at once the best match counts.
 */
export function chooseTracks(
  query: Float32Array,
  candidates: readonly Candidate[],
  { model, percentage }: { model: FaceModel; percentage: number },
): Chosen[] {
  const step = cosineStep(model)
  const people = rateTracks(query, candidates, { model, percentage })
  const passing = people
    .filter(({ cosine, bar }) => cosine >= bar)
    .sort((a, b) => b.cosine - a.cosine)
  const inVideo = Map.groupBy(people, videoOf)
  const bestOf = new Map(passing.toReversed().map((one) => [videoOf(one), one.cosine]))
  const isBehind = (one: Rated) =>
    one.cosine < (bestOf.get(videoOf(one)) ?? Number.NEGATIVE_INFINITY) - MAX_BEHIND * step
  const sureVideos = new Set(people.filter(({ isSure }) => isSure).map(videoOf))
  const nearestStranger = people
    .filter((one) => sureVideos.has(videoOf(one)) && !one.isSure && isBehind(one))
    .reduce((most, { cosine }) => Math.max(most, cosine), Number.NEGATIVE_INFINITY)
  const isRivalled = (one: Rated) =>
    (inVideo.get(videoOf(one)) ?? []).some(
      (other) =>
        other !== one &&
        other.cosine > one.cosine - RIVAL_WITHIN * step &&
        dot(other.mean, one.mean) < model.cosineOf(50) + SAME_PERSON * step,
    )
  const least = (passing[0]?.cosine ?? 0) - MAX_BEHIND_ALL * step
  const isTold = (one: Rated) =>
    !isBehind(one) &&
    one.cosine >= least &&
    (sureVideos.has(videoOf(one)) ||
      (one.cosine >= nearestStranger + MARGIN * step && !isRivalled(one)))

  const chosen: Chosen[] = []
  for (const one of passing) {
    const { candidate, cosine } = one
    if (chosen.some((other) => areSeenAtOnce(other.candidate, candidate))) continue
    if (one.isSure || isTold(one))
      chosen.push({ candidate, cosine, percentage: model.percentageOf(cosine) })
  }
  return chosen
}

const videoOf = ({ candidate }: Rated) => candidate.videoId

function areSeenAtOnce(a: Candidate, b: Candidate): boolean {
  if (a.videoId !== b.videoId) return false
  let shared = 0
  for (const x of a.spans)
    for (const y of b.spans)
      shared += Math.max(
        0,
        Math.min(x.endSeconds, y.endSeconds) - Math.max(x.startSeconds, y.startSeconds),
      )
  const length = (c: Candidate) =>
    c.spans.reduce((sum, span) => sum + span.endSeconds - span.startSeconds, 0)
  return shared > MAX_SHARED * Math.min(length(a), length(b))
}
