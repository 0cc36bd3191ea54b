import { expect, test } from 'vitest'
import { coalesce } from './coalesce.ts'

test('callers that come while a run is under way share one run that begins after it', async () => {
  const ends: (() => void)[] = []
  const run = coalesce(() => new Promise<void>((resolve) => ends.push(resolve)))

  const first = run()
  const [second, third] = [run(), run()]
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await first
  await expect.poll(() => ends.length).toBe(2)
  ends[1]?.()
  await Promise.all([second, third])
  expect(ends).toHaveLength(2)
})

test('a failed run fails those it served and not those who wait for the next', async () => {
  let runs = 0
  const run = coalesce(async () => {
    runs += 1
    if (runs === 1) throw new Error('no')
  })
  const [first, second] = [run(), run()]
  await expect(first).rejects.toThrow('no')
  await expect(second).resolves.toBeUndefined()
})
