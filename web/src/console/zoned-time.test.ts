import { expect, test } from 'vitest'
import { instantAt, wallTimeOf } from './zoned-time.ts'

test.each([
  ['2026-06-14T08:00:00Z', 'Europe/Berlin', '2026-06-14T10:00:00'],
  ['2026-01-14T08:00:00Z', 'Europe/Berlin', '2026-01-14T09:00:00'],
  ['2026-01-14T20:00:00Z', 'Asia/Kolkata', '2026-01-15T01:30:00'],
  ['2026-01-14T02:00:00Z', 'America/New_York', '2026-01-13T21:00:00'],
  // An hour before and after clocks change.
  ['2026-03-29T00:30:00Z', 'Europe/Berlin', '2026-03-29T01:30:00'],
  ['2026-03-29T01:30:00Z', 'Europe/Berlin', '2026-03-29T03:30:00'],
  ['2026-11-01T04:30:00Z', 'America/New_York', '2026-11-01T00:30:00'],
  ['2026-11-01T07:30:00Z', 'America/New_York', '2026-11-01T02:30:00'],
])('%s in %s is %s on the wall, and the other way round', (instant, zone, wall) => {
  expect(wallTimeOf(new Date(instant), zone)).toBe(wall)
  expect(instantAt(wall, zone)).toEqual(new Date(instant))
})

test('minutes alone and fractions of seconds are kept', () => {
  expect(instantAt('2026-06-14T10:00', 'Europe/Berlin')).toEqual(new Date('2026-06-14T08:00:00Z'))
  expect(instantAt('2026-06-14T10:00:00.250', 'Europe/Berlin')).toEqual(
    new Date('2026-06-14T08:00:00.250Z'),
  )
})
