import { expect, test } from 'vitest'
import { trustOf } from './trust.ts'

test('a read that the reader is hardly sure of is trusted less than it says, and trust grows with its figure', () => {
  expect(trustOf(0.6)).toBeLessThan(0.3)
  expect(trustOf(0.9)).toBeGreaterThan(0.6)
  expect(trustOf(0.9)).toBeLessThan(0.85)
  expect(trustOf(0.99)).toBeGreaterThan(0.97)
  const scores = Array.from({ length: 1001 }, (_, i) => i / 1000)
  for (const [i, score] of scores.entries())
    expect(trustOf(score)).toBeGreaterThanOrEqual(trustOf(scores[i - 1] ?? 0))
})

test('trust stays between 0 and 1 also for a read of no or of full certainty', () => {
  expect(trustOf(0)).toBeGreaterThan(0)
  expect(trustOf(1)).toBeLessThan(1)
})
