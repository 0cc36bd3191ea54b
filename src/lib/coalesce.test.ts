import { expect, test } from 'vitest'
import { coalesce, coalesceBy } from './coalesce.ts'

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

test('a lookup by key is shared by those who asked for that key before it began, and by nobody who came later', async () => {
  const begun: { key: string; end: (value: string) => void }[] = []
  const find = coalesceBy((key: string) => new Promise<string>((end) => begun.push({ key, end })))
  const first = find('a')
  const crowd = [find('a'), find('a')]
  const other = find('b')
  expect(begun.map(({ key }) => key)).toEqual(['a', 'b'])
  begun[0]?.end('before')
  expect(await first).toBe('before')
  await expect.poll(() => begun.length).toBe(3)
  const late = find('a')
  begun[2]?.end('after')
  expect(await Promise.all(crowd)).toEqual(['after', 'after'])
  await expect.poll(() => begun.length).toBe(4)
  begun[3]?.end('last')
  begun[1]?.end('other')
  expect(await Promise.all([late, other])).toEqual(['last', 'other'])
})

test('a lookup that fails fails for those it served, and the next is made anew', async () => {
  let tries = 0
  const find = coalesceBy(async (key: number) => {
    tries += 1
    if (tries === 1) throw new Error('no')
    return key
  })
  const [first, second] = [find(7), find(7)]
  await expect(first).rejects.toThrow('no')
  expect(await second).toBe(7)
  expect(await find(7)).toBe(7)
})
