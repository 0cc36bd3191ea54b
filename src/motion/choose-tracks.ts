import type { FaceModel } from '../faces/index.ts'
import { cosineStep, dot, meanOf } from './engine/compare-faces.ts'

/** A person of a video as a selfie search sees one. */
export type Candidate = {
  readonly thread: string
  readonly videoId: string
  /** Of each track of the thread. */
  readonly spans: readonly { startSeconds: number; endSeconds: number }[]
  readonly looks: readonly { embedding: Float32Array; quality: number }[]
}

export type Chosen = {
  readonly candidate: Candidate
  readonly percentage: number
  readonly cosine: number
}

/** Looks that are averaged: the best ones; more gained nothing. */
const MAX_LOOKS = 5
/** A mean of several looks is nearer to everybody, strangers too, by so many steps of certainty. */
const MEAN_GAIN = 1
/** People in one light and room resemble each other: who is so many steps below the best match is somebody else … */
const MAX_BEHIND = 6
/** … unless the match is that many steps above the threshold. */
const BEYOND_DOUBT = 5.5
/**
 * A track's looks agree with their mean by so many steps above an even chance: 13.1 to 15.8 in the tracks that eight selfies of four
 * videos match, but for one of 10.7; 10.9 and 12.4 in two strangers' that matched too. Looks that agree less are of several persons
 * or of none in particular, and their mean resembles many: such a track has to match beyond doubt.
 */
const LEAST_AGREEMENT = 13
/** Two persons seen at once are two: the share of the shorter appearance that may be shared. */
const MAX_SHARED = 0.5

/**
 * Decides which persons of an event's videos are the one of the selfie. A person is compared by the mean of its sharpest faces;
 * faces of poor quality have to be surer, as all of them resemble each other; look-alikes of the best match and those in view
 * beside a better match are left out.
 */
export function chooseTracks(
  query: Float32Array,
  candidates: readonly Candidate[],
  { model, percentage }: { model: FaceModel; percentage: number },
): Chosen[] {
  const step = cosineStep(model)
  const least = model.cosineOf(percentage)
  const scored = candidates
    .filter(({ looks }) => looks.length > 0)
    .map((candidate) => {
      const best = candidate.looks.toSorted((a, b) => b.quality - a.quality).slice(0, MAX_LOOKS)
      const quality = best.reduce((sum, look) => sum + look.quality, 0) / best.length
      const mean = meanOf(best.map(({ embedding }) => embedding))
      // Asked twice: a poor mean is more alike to everybody than one poor face.
      const surcharge = 2 * model.requiredCosine(0, quality)
      const cosine = dot(query, mean) - (best.length > 1 ? MEAN_GAIN * step : 0)
      const agreement = best.reduce((sum, look) => sum + dot(look.embedding, mean), 0) / best.length
      const isOne = agreement >= model.cosineOf(50) + LEAST_AGREEMENT * step
      const bar = least + surcharge + (isOne ? 0 : BEYOND_DOUBT * step)
      return { candidate, cosine, isSure: cosine >= bar }
    })
    .filter(({ isSure }) => isSure)
    .sort((a, b) => b.cosine - a.cosine)
  const [first] = scored
  if (!first) return []
  const bar = Math.min(first.cosine - MAX_BEHIND * step, least + BEYOND_DOUBT * step)
  const chosen: Chosen[] = []
  for (const { candidate, cosine } of scored) {
    if (cosine < bar) break
    if (chosen.some((other) => areSeenAtOnce(other.candidate, candidate))) continue
    chosen.push({ candidate, cosine, percentage: model.percentageOf(cosine) })
  }
  return chosen
}

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
