import type { ScoredBox } from './boxes.ts'
import type { Landmarks } from './locate-landmarks.ts'

/** Shorter side of the box in pixels: nothing can be told below, nothing is gained above. */
const SIDE = { none: 16, full: 48 }
const SCORE = { none: 0.4, full: 0.9 }
/** Distance between both looks at the landmarks, over the side of the box. */
const DOUBT = { full: 0.03, none: 0.12 }

/** How far a face can be trusted in a comparison, 0..1: large enough, surely a face, landmarks without doubt. */
export function judgeQuality({ score, box }: ScoredBox, { doubt }: Landmarks): number {
  return (
    rampUp(Math.min(box[2], box[3]), SIDE) *
    rampUp(score, SCORE) *
    (1 - rampUp(doubt, { none: DOUBT.full, full: DOUBT.none }))
  )
}

const rampUp = (value: number, { none, full }: { none: number; full: number }) =>
  Math.min(1, Math.max(0, (value - none) / (full - none)))
