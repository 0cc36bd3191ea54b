import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowTable } from './row-table.ts'

test('the table knows what a map knows after any insertions and deletions', () => {
  const id = fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 60 }).map((i) => i * 49_152 - 1),
    fc.integer({ min: 1, max: 60 }).map((i) => i * 65_536), // many to one slot
    fc.maxSafeNat().map((i) => i + 1),
  )
  const ids = fc.array(fc.tuple(fc.boolean(), id), { maxLength: 400 })
  fc.assert(
    fc.property(ids, (steps) => {
      const idOfRow: number[] = []
      const rows = new Map<number, number>()
      const table = createRowTable((row) => idOfRow[row]!)
      for (const [isAdded, id] of steps) {
        if (!isAdded) {
          table.delete(id)
          rows.delete(id)
        } else if (table.find(id) < 0) {
          const row = idOfRow.push(id) - 1
          table.insert(id, row)
          rows.set(id, row)
        }
      }
      for (const [, id] of steps) expect(table.find(id)).toBe(rows.get(id) ?? -1)
    }),
  )
})

test('a row costs at most 11 bytes, whether its ids have gaps or not, and nothing once deleted', () => {
  for (const step of [1, 3, 7]) {
    const table = createRowTable((row) => 1 + row * step)
    for (let row = 0; row < 200_000; row++) table.insert(1 + row * step, row)
    expect(table.bytes / 200_000).toBeLessThan(11)
    for (let row = 0; row < 200_000; row++) table.delete(1 + row * step)
    expect(table.bytes).toBe(0)
  }
})
