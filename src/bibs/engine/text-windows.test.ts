import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planWindows, type Window } from './text-windows.ts'

const COARSE = { width: 240, height: 160 }
const SIZE = { width: 600, height: 400 }

/** A small map with traces at some of its pixels. */
function mapOf(traces: readonly (readonly [x: number, y: number])[], value = 0.5) {
  const values = new Uint8Array(COARSE.width * COARSE.height)
  for (const [x, y] of traces) values[y * COARSE.width + x] = 255 * value
  return { ...COARSE, values }
}
const plan = (traces: Parameters<typeof mapOf>[0]) =>
  planWindows(mapOf(traces), { places: [], size: SIZE })
const scale = SIZE.width / COARSE.width
const holds = (window: Window, x: number, y: number, margin: number) =>
  window.left <= Math.max(0, x - margin) &&
  window.top <= Math.max(0, y - margin) &&
  window.right >= Math.min(SIZE.width, x + margin) &&
  window.bottom >= Math.min(SIZE.height, y + margin)

test('a picture without a trace of text needs no window', () => {
  expect(plan([])).toEqual([])
  expect(planWindows(mapOf([[100, 80]], 0.05), { places: [], size: SIZE })).toEqual([])
})

test('texts far from each other have windows of their own, a line of text has one', () => {
  const far = plan([
    [20, 20],
    [220, 140],
  ])
  expect(far).toHaveLength(2)
  const line = Array.from({ length: 40 }, (_, i) => [100 + i, 80] as const)
  expect(plan(line)).toHaveLength(1)
})

test('every trace lies in a window with 64 pixels round it, and windows end at the picture', () => {
  const trace = fc.tuple(
    fc.integer({ min: 0, max: COARSE.width - 1 }),
    fc.integer({ min: 0, max: COARSE.height - 1 }),
  )
  fc.assert(
    fc.property(fc.array(trace, { minLength: 1, maxLength: 12 }), (traces) => {
      const windows = plan(traces)
      for (const [x, y] of traces)
        expect(
          windows.some((window) => holds(window, (x + 0.5) * scale, (y + 0.5) * scale, 64)),
        ).toBe(true)
      for (const { left, top, right, bottom } of windows) {
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0)
        expect(right).toBeLessThanOrEqual(SIZE.width)
        expect(bottom).toBeLessThanOrEqual(SIZE.height)
      }
    }),
  )
})

test('a place that is named has a window of whole cells, as far as it lies in the picture', () => {
  const inside = { left: 200, top: 150, right: 300, bottom: 250 }
  const beyond = { left: 550, top: 390, right: 900, bottom: 900 }
  const outside = { left: 100, top: 500, right: 200, bottom: 600 }
  const windows = planWindows(mapOf([]), { places: [inside, beyond, outside], size: SIZE })
  expect(windows).toEqual([
    { left: 192, top: 128, right: 320, bottom: 256 },
    { left: 544, top: 384, right: 600, bottom: 400 },
  ])
})
