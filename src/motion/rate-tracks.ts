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

export type Rated = {
  readonly candidate: Candidate
  /** Of the best looks. */
  readonly mean: Float32Array
  /** How alike the selfie is. */
  readonly cosine: number
  /** What the cosine must reach. */
  readonly bar: number
  /** Beyond doubt the one of the selfie. */
  readonly isSure: boolean
}

/** Looks that are averaged: the best ones; more gained nothing. */
const MAX_LOOKS = 5
/** A mean of several looks is nearer to everybody, strangers too, by so many steps of certainty. */
const MEAN_GAIN = 1
/** A match is sure from so many steps above the threshold on: nobody else in the same room comes so near. */
const BEYOND_DOUBT = 5.5
/**
 * A track's looks agree with their mean by so many steps above an even chance: 13.1 to 15.8 in the tracks that eight selfies of four
 * videos match, but for one of 10.7; 10.9 and 12.4 in two strangers' that matched too. Looks that agree less are of several persons
 * or of none in particular, and their mean resembles many: such a track has to match beyond doubt.
 */
const LEAST_AGREEMENT = 13

/**
 * How near each person of an event's videos comes to a selfie. A person is compared by the mean of its sharpest faces; faces of poor
 * quality have to be surer, as all of them resemble each other.
 */
export function rateTracks(
  query: Float32Array,
  candidates: readonly Candidate[],
  { model, percentage }: { model: FaceModel; percentage: number },
): Rated[] {
  const step = cosineStep(model)
  const least = model.cosineOf(percentage)
  return candidates
    .filter(({ looks }) => looks.length > 0)
    .map((candidate) => {
      const best = candidate.looks.toSorted((a, b) => b.quality - a.quality).slice(0, MAX_LOOKS)
      const quality = best.reduce((sum, look) => sum + look.quality, 0) / best.length
      const mean = meanOf(best.map(({ embedding }) => embedding))
      const agreement = best.reduce((sum, look) => sum + dot(look.embedding, mean), 0) / best.length
      const isOne = agreement >= model.cosineOf(50) + LEAST_AGREEMENT * step
      // Asked twice: a poor mean is more alike to everybody than one poor face.
      const surcharge = 2 * model.requiredCosine(0, quality)
      const bar = least + surcharge + (isOne ? 0 : BEYOND_DOUBT * step)
      const cosine = dot(query, mean) - (best.length > 1 ? MEAN_GAIN * step : 0)
      const isSure = cosine >= Math.max(bar, least + BEYOND_DOUBT * step)
      return { candidate, mean, cosine, bar, isSure }
    })
}
