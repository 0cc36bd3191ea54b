import { expect, test } from 'vitest'
import { wilson } from './wilson.ts'

test('gives the interval that textbooks give', () => {
  // Newcombe (1998), table I, method 3.
  const { value, low, high } = wilson(81, 263)
  expect(value).toBeCloseTo(0.308, 3)
  expect(low).toBeCloseTo(0.2553, 4)
  expect(high).toBeCloseTo(0.3662, 4)
  expect(wilson(15, 148)).toMatchObject({
    low: expect.closeTo(0.0624, 4),
    high: expect.closeTo(0.1605, 4),
  })
})

test('stays between 0 and 1, and says nothing about nothing', () => {
  expect(wilson(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 4) })
  expect(wilson(20, 20)).toMatchObject({ low: expect.closeTo(0.8389, 4), high: 1 })
  expect(wilson(0, 0)).toEqual({ of: 0, count: 0, value: null, low: 0, high: 1 })
})
