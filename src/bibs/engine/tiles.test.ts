import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planTiles, type Span } from './tiles.ts'

const whole = (right: number, bottom: number) => ({ left: 0, top: 0, right, bottom })

test('keeps a small picture whole', () => {
  expect(planTiles(whole(1440, 950))).toEqual([
    {
      across: { start: 0, length: 1440, keepStart: 0, keepEnd: 1440 },
      down: { start: 0, length: 960, keepStart: 0, keepEnd: 950 },
    },
  ])
})

test('cuts the longer side into tiles below the limit of pixels', () => {
  const landscape = planTiles(whole(2400, 1600))
  const portrait = planTiles(whole(1600, 2400))

  expect(landscape).toHaveLength(3)
  expect(portrait.map(({ down }) => down)).toEqual(landscape.map(({ across }) => across))
  for (const { across, down } of landscape) {
    expect(across.length * down.length).toBeLessThanOrEqual(1_450_000)
  }
})

test('keeps every pixel once, and none near a border that another tile sees better', () => {
  const side = fc.integer({ min: 1, max: 2400 })
  fc.assert(
    fc.property(side, side, (width, height) => {
      const tiles = planTiles(whole(width, height))
      for (const { across, down } of tiles) {
        checkSpan(across, width)
        checkSpan(down, height)
      }
      const kept = tiles.reduce((sum, { across, down }) => sum + area(across, down), 0)
      expect(kept).toBe(width * height)
    }),
  )
})

test('cuts a window as it cuts a picture of its size', () => {
  const [tile] = planTiles({ left: 96, top: 320, right: 736, bottom: 800 })
  expect(tile).toEqual({
    across: { start: 96, length: 640, keepStart: 96, keepEnd: 736 },
    down: { start: 320, length: 480, keepStart: 320, keepEnd: 800 },
  })
})

const area = (a: Span, b: Span) => (a.keepEnd - a.keepStart) * (b.keepEnd - b.keepStart)

function checkSpan({ start, length, keepStart, keepEnd }: Span, side: number) {
  expect(length % 32).toBe(0)
  expect(start).toBeGreaterThanOrEqual(0)
  if (start > 0) expect(start + length).toBeLessThanOrEqual(side)
  expect(keepStart).toBeGreaterThanOrEqual(keepStart === 0 ? 0 : start + 63)
  expect(keepEnd).toBeLessThanOrEqual(keepEnd === side ? start + length : start + length - 63)
}
