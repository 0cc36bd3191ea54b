import { expect, test } from 'vitest'
import { createPictureMemory } from './picture-memory.ts'

test('memory that was given back serves the next picture that fits into it, in its own length', () => {
  const memory = createPictureMemory()
  const first = memory.take(1000)
  memory.giveBack(first)
  const smaller = memory.take(600)
  expect(smaller.buffer).toBe(first.buffer)
  expect(smaller).toHaveLength(600)
  memory.giveBack(smaller)
  expect(memory.take(1001).buffer).not.toBe(first.buffer)
  expect(memory.take(1000).buffer).toBe(first.buffer)
})

test('memory that is not given back is lent to nobody else', () => {
  const memory = createPictureMemory()
  const [one, other] = [memory.take(1000), memory.take(1000)]
  expect(one.buffer).not.toBe(other.buffer)
  memory.giveBack(one)
  const third = memory.take(1000)
  expect([third.buffer === one.buffer, third.buffer === other.buffer]).toEqual([true, false])
})

test('memory is lent once, however often it is given back; memory of others is left alone', () => {
  const memory = createPictureMemory()
  const one = memory.take(1000)
  memory.giveBack(one)
  memory.giveBack(one)
  const foreign = new Uint8Array(new SharedArrayBuffer(1000))
  memory.giveBack(foreign)
  const taken = [memory.take(1000), memory.take(1000)].map(({ buffer }) => buffer)
  expect(new Set(taken).size).toBe(2)
  expect(taken).not.toContain(foreign.buffer)
})

test('no more is kept than may be, the largest first; what is let go is not lent again', () => {
  const memory = createPictureMemory({ maxKeptBytes: 3000 })
  const [small, large, huge] = [memory.take(1000), memory.take(2500), memory.take(3001)]
  for (const one of [small, huge, large]) memory.giveBack(one)
  const next = memory.take(500)
  expect(next.buffer).toBe(large.buffer)
  expect([small.buffer, huge.buffer]).not.toContain(memory.take(500).buffer)
  memory.giveBack(next)
  memory.letGo()
  expect(memory.take(500).buffer).not.toBe(large.buffer)
})
