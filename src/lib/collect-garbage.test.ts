import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { collectEvery } from './collect-garbage.ts'

test('shared memory that nobody uses goes once enough of it has passed', async () => {
  const countShared = collectEvery(30e6)
  const makeUnused = (): WeakRef<SharedArrayBuffer> => {
    const bytes = new Uint8Array(new SharedArrayBuffer(10e6))
    countShared(bytes)
    return new WeakRef(bytes.buffer)
  }
  const unused: WeakRef<SharedArrayBuffer>[] = []
  const areGone = () => unused.map((one) => one.deref() === undefined)
  for (let i = 0; i < 2; i++) {
    unused.push(makeUnused())
    await setImmediate() // what a weak reference was made of lives until the end of its turn
  }
  expect(areGone()).toEqual([false, false])
  await setImmediate()
  makeUnused()
  expect(areGone()).toEqual([true, true])
})
