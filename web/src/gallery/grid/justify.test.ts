import { expect, test } from 'vitest'
import { expectedHeight, justify } from './justify.ts'

/** Any numbers, the same each time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}
const MIXES: [name: string, ratio: (next: () => number) => number][] = [
  ['landscape', () => 1.5],
  ['portrait', () => 2 / 3],
  ['both', (next) => (next() < 0.6 ? 1.5 : 2 / 3)],
  ['anything', (next) => 0.4 + next() * 2.4],
]

test.each(MIXES)('a chunk of %s photos fills the height that was kept for it', (_name, ratio) => {
  for (const width of [358, 390, 768, 1180, 1416])
    for (let seed = 1; seed <= 20; seed++) {
      const next = random(seed)
      const ratios = Array.from({ length: 60 }, () => ratio(next))
      const height = expectedHeight(60, width)
      const { boxes } = justify(ratios, { width, height })
      const last = boxes.at(-1)!
      expect(Math.abs(last.top + last.height + 4 - height)).toBeLessThanOrEqual(2)
      for (const [at, box] of boxes.entries()) {
        expect(box.left + box.width).toBeLessThanOrEqual(width)
        const cropped = Math.abs(Math.log(box.width / box.height / ratios[at]!))
        expect(cropped).toBeLessThan(0.15)
      }
    }
})

test('rows are as wide as the grid, in order, and do not overlap', () => {
  const next = random(7)
  const ratios = Array.from({ length: 60 }, () => (next() < 0.5 ? 1.5 : 0.75))
  const { boxes } = justify(ratios, { width: 1000, height: expectedHeight(60, 1000) })
  for (let at = 1; at < boxes.length; at++) {
    const [before, box] = [boxes[at - 1]!, boxes[at]!]
    if (box.top === before.top)
      expect(Math.abs(box.left - before.left - before.width - 4)).toBeLessThanOrEqual(1)
    else {
      expect([box.left, box.top]).toEqual([0, before.top + before.height + 4])
      expect(Math.abs(before.left + before.width - 1000)).toBeLessThanOrEqual(1)
    }
  }
})

test('a few photos are not blown up', () => {
  const { boxes, height } = justify([1.5], { width: 1400 })
  expect(boxes[0]!.height).toBeLessThan(260)
  expect(height).toBe(boxes[0]!.height + 4)
  expect(justify([], { width: 1400 })).toEqual({ boxes: [], height: 0 })
})
