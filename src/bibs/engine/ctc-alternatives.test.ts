import { expect, test } from 'vitest'
import { findAlternatives } from './ctc-alternatives.ts'

const DIGITS = [
  { character: '1', places: [1] },
  { character: '2', places: [2] },
]
const LETTERS = [...DIGITS, { character: 'A', places: [3, 4] }]

/** One row a step: the probabilities of blank, 1, 2, A and a. */
const steps = (...rows: number[][]) => ({
  rows: Float32Array.from(rows.flat()),
  width: 5,
})

/** Every way through the steps, the slow way. */
function enumerate(rows: number[][], characters: string[]): Map<string, number> {
  const paths = rows.reduce<{ path: number[]; probability: number }[]>(
    (all, row) =>
      all.flatMap(({ path, probability }) =>
        characters.map((_, k) => ({ path: [...path, k], probability: probability * row[k]! })),
      ),
    [{ path: [], probability: 1 }],
  )
  const texts = new Map<string, number>()
  for (const { path, probability } of paths) {
    const text = path
      .filter((k, i) => k !== path[i - 1])
      .map((k) => characters[k])
      .join('')
    texts.set(text, (texts.get(text) ?? 0) + probability)
  }
  return texts
}

test('each text has the probability of all ways to read it, repeats and blanks included', () => {
  const rows = [
    [0.2, 0.5, 0.3, 0, 0],
    [0.4, 0.35, 0.25, 0, 0],
    [0.3, 0.3, 0.4, 0, 0],
    [0.6, 0.1, 0.3, 0, 0],
  ]
  const expected = enumerate(rows, ['', '1', '2'])
  expected.delete('')
  const found = findAlternatives(steps(...rows), DIGITS, 0.01)

  expect(found.length).toBeGreaterThan(8)
  for (const { text, score } of found) expect(score, text).toBeCloseTo(expected.get(text)!, 6)
  expect(found[0]!.score).toBeCloseTo(Math.max(...expected.values()), 6)
  expect(found.map(({ score }) => score)).toEqual(
    found.map(({ score }) => score).toSorted((a, b) => b - a),
  )
})

test('what is less likely than asked is left out, and other characters are not read', () => {
  const unsure = steps([0.05, 0.6, 0.05, 0.3, 0])
  expect(findAlternatives(unsure, DIGITS, 0.1)).toEqual([
    { text: '1', score: expect.closeTo(0.6, 6) },
  ])
})

test('a capital and a small letter are one character', () => {
  const [read] = findAlternatives(steps([0.1, 0.1, 0, 0.5, 0.3]), LETTERS, 0.1)
  expect(read).toEqual({ text: 'A', score: expect.closeTo(0.8, 6) })
})

test('a blank strip says nothing', () => {
  expect(findAlternatives(steps([1, 0, 0, 0, 0], [1, 0, 0, 0, 0]), DIGITS, 0.01)).toEqual([])
})
