import { expect, test } from 'vitest'
import { createTurns } from './one-at-a-time.ts'

test('work of one key takes turns, also behind one that failed; other keys do not wait', async () => {
  const inTurn = createTurns()
  const gate = Promise.withResolvers<void>()
  const order: string[] = []
  const first = inTurn('a', async () => {
    await gate.promise
    order.push('first')
    throw new Error('first failed')
  })
  const second = inTurn('a', async () => order.push('second'))
  await inTurn('b', async () => order.push('other'))
  gate.resolve()
  await expect(first).rejects.toThrow('first failed')
  await second
  expect(order).toEqual(['other', 'first', 'second'])
})
