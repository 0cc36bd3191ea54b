import { expect, test } from 'vitest'
import { freeMemory } from './free-memory.ts'

const arrayBytes = () => process.memoryUsage().arrayBuffers

test('a buffer that is freed is empty, and its memory is counted no more at once', () => {
  const before = arrayBytes()
  const bytes = Buffer.allocUnsafeSlow(50e6)
  const floats = new Float32Array(10e6)
  expect(arrayBytes() - before).toBeGreaterThan(80e6)
  freeMemory(bytes)
  freeMemory(floats)
  freeMemory(floats) // is empty already
  expect(arrayBytes() - before).toBeLessThan(10e6)
  expect([bytes.length, floats.length]).toEqual([0, 0])
})

test('a part of a buffer and shared memory are left alone', () => {
  const whole = new Uint8Array(100).fill(7)
  const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(7)
  const small = Buffer.from('a part of memory that all small buffers share')
  for (const bytes of [whole.subarray(0, 99), shared, small]) freeMemory(bytes)
  expect([whole[99], shared[99], String(small)]).toEqual([7, 7, expect.stringMatching(/^a part/)])
})
