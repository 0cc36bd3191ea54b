import type { Box } from '../../media/picture.ts'

export type ScoredBox = { readonly score: number; readonly box: Box }

/**
 * Keeps the surest of boxes that show the same thing: those that overlap by more than 40 % (intersection over union),
 * and parts: a face cut by the edge of a tile lies almost wholly inside the whole face.
 */
export function withoutDoubles<T extends ScoredBox>(found: readonly T[]): T[] {
  const kept: T[] = []
  for (const candidate of found.toSorted((a, b) => b.score - a.score))
    if (!kept.some(({ box }) => isDouble(box, candidate.box))) kept.push(candidate)
  return kept
}

const MAX_OVERLAP = 0.4
const MAX_SHARE_OF_SMALLER = 0.8

function isDouble(a: Box, b: Box): boolean {
  const shared = sharedArea(a, b)
  const areas = [a[2] * a[3], b[2] * b[3]] as const
  return (
    shared > MAX_OVERLAP * (areas[0] + areas[1] - shared) ||
    shared > MAX_SHARE_OF_SMALLER * Math.min(...areas)
  )
}

/** True when more than 80 % of a box lies in another. */
export const isInside = (box: Box, other: Box): boolean =>
  sharedArea(box, other) > MAX_SHARE_OF_SMALLER * box[2] * box[3]

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1])
  return Math.max(0, width) * Math.max(0, height)
}

/** Two boxes around one face: models draw them differently, but the middle of one lies in the other. */
export const isSameFace = (a: readonly number[], b: readonly number[]) =>
  holdsMiddle(a, b) && holdsMiddle(b, a)

function holdsMiddle(
  [x = 0, y = 0, width = 0, height = 0]: readonly number[],
  [left = 0, top = 0, otherWidth = 0, otherHeight = 0]: readonly number[],
): boolean {
  const [middleX, middleY] = [left + otherWidth / 2, top + otherHeight / 2]
  return middleX >= x && middleX <= x + width && middleY >= y && middleY <= y + height
}
