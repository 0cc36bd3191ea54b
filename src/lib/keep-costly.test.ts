import { expect, test } from 'vitest'
import { keepCostly } from './keep-costly.ts'

const counter = (tookMs: number) => {
  let time = 0
  let runs = 0
  const find = keepCostly(
    async (key: string) => {
      time += tookMs
      runs += 1
      return `${key} ${runs}`
    },
    () => time,
  )
  return { find, pass: (ms: number) => (time += ms) }
}

test('an answer that took long is given again for ten times as long, then made anew', async () => {
  const { find, pass } = counter(500)
  expect(await find('a')).toBe('a 1')
  pass(4999)
  expect(await find('a')).toBe('a 1')
  expect(await find('b')).toBe('b 2')
  pass(5001)
  expect(await find('a')).toBe('a 3')
})

test('a quick answer is made anew each time', async () => {
  const { find } = counter(20)
  expect(await find('a')).toBe('a 1')
  expect(await find('a')).toBe('a 2')
})

test('who asks while a long answer is under way shares it', async () => {
  const { find } = counter(500)
  expect(await Promise.all([find('a'), find('a'), find('a')])).toEqual(['a 1', 'a 1', 'a 1'])
})

test('a failure is not kept', async () => {
  let tries = 0
  const find = keepCostly(
    async () => {
      tries += 1
      if (tries === 1) throw new Error('no')
      return tries
    },
    () => tries * 1000,
  )
  await expect(find('a')).rejects.toThrow('no')
  expect(await find('a')).toBe(2)
})
