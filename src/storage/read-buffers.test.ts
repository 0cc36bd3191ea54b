import { expect, test } from 'vitest'
import { createReadBuffers } from './read-buffers.ts'

test('memory that was given back is lent again, to one at a time, at the length that is asked for', () => {
  const { take, giveBack } = createReadBuffers({ bytes: 1000, kept: 1 })
  const [first, second] = [take(900), take(1000)]
  expect([first.length, second.length]).toEqual([900, 1000])
  expect(first.buffer).not.toBe(second.buffer)
  giveBack(first)
  giveBack(second) // one too many
  const [again, other] = [take(5), take(1000)]
  expect(again.buffer).toBe(first.buffer)
  expect(again).toHaveLength(5)
  expect([first.buffer, second.buffer]).not.toContain(other.buffer)
})

test('what is small takes no more than it needs, unless there is memory to spare', () => {
  const { take, giveBack } = createReadBuffers({ bytes: 1000, kept: 8 })
  const small = take(100)
  expect(small.buffer.byteLength).toBe(100)
  giveBack(small)
  expect(take(100).buffer).not.toBe(small.buffer)
})
