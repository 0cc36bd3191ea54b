import { expect, test } from 'vitest'
import { trackSettling } from './settling.ts'

const file = (bytes: number, modifiedMs = 0) => ({
  kind: 'photo' as const,
  path: 'a.jpg',
  bytes,
  modifiedMs,
})

test('a file settles once neither size nor time have changed for long enough', () => {
  const { settled } = trackSettling(3000)
  expect(settled([file(1)], 0)).toEqual([])
  expect(settled([file(1)], 2999)).toEqual([])
  expect(settled([file(2)], 3000)).toEqual([])
  expect(settled([file(2, 9)], 5999)).toEqual([])
  expect(settled([file(2, 9)], 8998)).toEqual([])
  expect(settled([file(2, 9)], 8999)).toEqual([file(2, 9)])
})

test('a file that is done with comes back only when it changes', () => {
  const { settled, markDone } = trackSettling(1000)
  settled([file(1)], 0)
  markDone(file(1))
  expect(settled([file(1)], 5000)).toEqual([])
  expect(settled([file(2)], 6000)).toEqual([])
  expect(settled([file(2)], 7000)).toEqual([file(2)])
})

test('files that are back after their disk was unplugged are not taken again', () => {
  const { settled, markDone } = trackSettling(1000)
  settled([file(1)], 0)
  markDone(file(1))
  expect(settled([], 2000)).toEqual([])
  expect(settled([file(1)], 9000)).toEqual([])
})
