import { expect, test } from 'vitest'
import type { Timeline } from '../types.ts'
import { fractionAt, minuteAt, offsetAt, railOf } from './rail.ts'

/** Two days of two hours, one photo more each minute of the first, and five photos without a time. */
const minutes: Timeline['minutes'] = [
  ...Array.from(
    { length: 120 },
    (_, minute) => [29_000_000 + minute, minute + 1] as [number, number],
  ),
  ...Array.from({ length: 120 }, (_, minute) => [29_001_440 + minute, 3] as [number, number]),
]
const timed = minutes.reduce((sum, [, count]) => sum + count, 0)
const timeline: Timeline = { total: timed + 5, untimed: 5, minutes }

test('bars hold every photo once, and the night between two days is left out', () => {
  const rail = railOf(timeline, 61)
  expect(rail.bars.length).toBeLessThanOrEqual(61)
  expect(rail.bars.reduce((sum, { count }) => sum + count, 0)).toBe(timed)
  expect(rail.bars.filter((bar) => bar.minutes === 0)).toHaveLength(1)
  expect(rail.bars.at(-1)!.segment).toBe(1)
})

test('every photo has its place, and the place leads back to it', () => {
  const rail = railOf(timeline, 61)
  let before = -1
  for (let offset = 0; offset < timed; offset += 7) {
    const place = fractionAt(rail, offset)
    expect(place).toBeGreaterThanOrEqual(before)
    expect(Math.abs(offsetAt(rail, place + 1e-9) - offset)).toBeLessThanOrEqual(1)
    before = place
  }
  expect([fractionAt(rail, timed + 2), offsetAt(rail, 0), offsetAt(rail, 1)]).toEqual([
    1,
    0,
    timed - 1,
  ])
})

test('a photo knows its minute', () => {
  expect(minuteAt(timeline, 0)).toBe(29_000_000)
  expect(minuteAt(timeline, 1)).toBe(29_000_001)
  expect(minuteAt(timeline, timed - 1)).toBe(29_001_559)
  expect(minuteAt(timeline, timed)).toBeUndefined()
})

test('an event without photos or times has an empty rail', () => {
  const rail = railOf({ total: 3, untimed: 3, minutes: [] }, 60)
  expect([rail.bars, offsetAt(rail, 0.5), fractionAt(rail, 1)]).toEqual([[], 0, 1])
})
