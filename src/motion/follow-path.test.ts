import { expect, test } from 'vitest'
import { joinPaths } from './follow-path.ts'

/** Of a face that is as far from the left as the clock says. */
const path = (...times: number[]) => times.flatMap((time) => [time, time / 100, 0, 0.1, 0.1])

test('paths are joined in order of time, and of two at one time the first counts', () => {
  const main = path(5, 6, 7)
  expect(joinPaths([main, path(9, 10), path(1, 2)])).toEqual(path(1, 2, 5, 6, 7, 9, 10))
  expect(joinPaths([main, path(4, 5.5, 6.5, 8)])).toEqual(path(4, 5, 6, 7, 8))
  expect(joinPaths([])).toEqual([])
})
