import { expect, test } from 'vitest'
import { tilesOf } from './tiles.ts'

const RULE = { maxSide: 1024, overlap: 96, multiple: 64 }

test('a picture no larger than a tile is one tile', () => {
  expect(tilesOf({ width: 700, height: 1024 }, RULE)).toEqual([
    { left: 0, top: 0, width: 700, height: 1024 },
  ])
})

test.each([
  [1025, 600],
  [1280, 853],
  [1600, 1200],
  [5000, 3333],
])('tiles cover %i x %i, share enough and stay inside', (width, height) => {
  const tiles = tilesOf({ width, height }, RULE)
  const row = tiles.filter(({ top }) => top === 0)

  expect(row[0]?.left).toBe(0)
  expect(row.at(-1)!.left + row.at(-1)!.width).toBe(width)
  for (const [i, tile] of row.slice(1).entries())
    expect(row[i]!.left + row[i]!.width - tile.left).toBeGreaterThanOrEqual(RULE.overlap)
  for (const tile of tiles) {
    expect(tile.width).toBeLessThanOrEqual(RULE.maxSide)
    expect(tile.top + tile.height).toBeLessThanOrEqual(height)
  }
  expect(Math.max(...tiles.map(({ top, height: length }) => top + length))).toBe(height)
})
