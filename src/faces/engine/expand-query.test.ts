import { expect, test } from 'vitest'
import { expandQuery } from './expand-query.ts'

const unit = (...values: number[]) => {
  const length = Math.hypot(...values)
  return Float32Array.from(values, (value) => value / length)
}
const dot = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)

const QUERY = unit(1, 0, 0)
const MODEL = { agreement: 0.92 }
const LIKE = [unit(1, 0.3, 0), unit(1, 0.32, 0), unit(1, 0.28, 0.02)]

test('a query without sure matches stays as it is', () => {
  expect(dot(expandQuery(MODEL, [QUERY], []), QUERY)).toBeCloseTo(1, 6)
})

test('sure matches draw the query towards how the person looks in the event', () => {
  const expanded = expandQuery(MODEL, [QUERY], LIKE)

  expect(dot(expanded, expanded)).toBeCloseTo(1, 6)
  expect(dot(expanded, unit(1, 0.5, 0))).toBeGreaterThan(dot(QUERY, unit(1, 0.5, 0)))
})

test('a match that is unlike the other matches is left out', () => {
  const stranger = unit(1, -0.33, 0)

  const expanded = expandQuery(MODEL, [QUERY], [...LIKE, stranger])

  expect(dot(expanded, expandQuery(MODEL, [QUERY], LIKE))).toBeCloseTo(1, 6)
})
