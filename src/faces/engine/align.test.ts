import { expect, test } from 'vitest'
import { applySimilarity, cutCrop, fitSimilarity } from './align.ts'

const POINTS = [10, 10, 30, 10, 20, 22, 12, 34, 28, 34]

test('a turned, scaled and shifted set of points is mapped back exactly', () => {
  const change = { a: 1.5 * Math.cos(0.4), b: 1.5 * Math.sin(0.4), tx: 200, ty: -35 }

  const fitted = fitSimilarity(POINTS, applySimilarity(change, POINTS))

  for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(fitted[key]).toBeCloseTo(change[key], 9)
})

test('one misplaced point moves the fit by less than its own error', () => {
  const moved = POINTS.with(4, 30)

  const [x, y] = applySimilarity(fitSimilarity(POINTS, moved), [20, 22]) as [number, number]

  expect(Math.hypot(x - 20, y - 22)).toBeLessThan(4)
})

test('a crop without change shows the pixels as they are, and black beyond the edge', () => {
  const picture = { data: Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => i), width: 4, height: 4 }

  const crop = new Float32Array(3 * 6 * 6).fill(9)
  cutCrop(crop, picture, { a: 1, b: 0, tx: 1, ty: 1 }, 6)

  const red = (x: number, y: number) => crop[y * 6 + x]
  expect(red(0, 0)).toBeCloseTo((1 * 4 + 1) * 3, 5)
  expect(red(1, 1)).toBeCloseTo((2 * 4 + 2) * 3, 5)
  expect(red(5, 5)).toBe(0)
})

test('a smaller crop is the mean of what it covers, not a pixel of it', () => {
  const checks = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) =>
    (Math.floor(i / 3) + Math.floor(i / 192)) % 2 === 0 ? 255 : 0,
  )

  const crop = new Float32Array(3 * 16 * 16)
  cutCrop(crop, { data: checks, width: 64, height: 64 }, { a: 4, b: 0, tx: 1.5, ty: 1.5 }, 16)

  for (const value of crop) expect(value).toBeCloseTo(127.5, 0)
})
