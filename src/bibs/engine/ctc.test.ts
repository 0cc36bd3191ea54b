import { expect, test } from 'vitest'
import { decodeSteps } from './ctc.ts'

const CHARACTERS = ['', '1', '2', 'A']

/** One row a step: the probabilities of blank, 1, 2 and A; no class but the likeliest is looked at. */
const steps = (...rows: number[][]) => ({
  rows: Float32Array.from(
    rows.flatMap((row) => [row[0]!, row.indexOf(Math.max(...row)), Math.max(...row)]),
  ),
  width: 3,
})

test('joins repeats, and keeps them apart where a blank lies between', () => {
  const one = [0.1, 0.9, 0, 0]
  const blank = [0.9, 0.1, 0, 0]

  expect(decodeSteps(steps(one, one), CHARACTERS).text).toBe('1')
  expect(decodeSteps(steps(one, blank, one), CHARACTERS).text).toBe('11')
})

test('is as sure as its least sure character, a repeated one as its best step', () => {
  const read = decodeSteps(
    steps([0.4, 0.6, 0, 0], [0.1, 0.9, 0, 0], [0.25, 0, 0.75, 0]),
    CHARACTERS,
  )

  expect(read).toEqual({ text: '12', score: 0.75 })
})

test('reads nothing, with score 0, where the blank wins throughout', () => {
  expect(decodeSteps(steps([1, 0, 0, 0]), CHARACTERS)).toEqual({ text: '', score: 0 })
})
