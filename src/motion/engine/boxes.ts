import type { Box } from '../../media/picture.ts'

/** Intersection over union, 0..1. */
export function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (a[2] * a[3] + b[2] * b[3] - width * height)
}

/** The same centre, `factor` times the size. */
export const grow = ([x, y, width, height]: Box, factor: number): Box => [
  x - ((factor - 1) / 2) * width,
  y - ((factor - 1) / 2) * height,
  width * factor,
  height * factor,
]

export const centreOf = ([x, y, width, height]: Box) => [x + width / 2, y + height / 2] as const
