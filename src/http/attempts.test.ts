import { expect, test } from 'vitest'
import { createAttempts } from './attempts.ts'

const isRefused = (act: () => void) => {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}

test('a key that fails too often is refused until its window ends, others are not', () => {
  const attempts = createAttempts({ max: 2, windowSeconds: 60 })
  attempts.take('a')
  attempts.take('a')
  expect(isRefused(() => attempts.take('a'))).toMatchObject({
    code: 'rate_limited',
    status: 429,
    retryAfterSeconds: 60,
  })
  attempts.take('b')
})

test('what turned out well does not count', () => {
  const attempts = createAttempts({ max: 1, windowSeconds: 60 })
  for (let i = 0; i < 5; i++) {
    attempts.take('a')
    attempts.giveBack('a')
  }
  attempts.take('a')
  expect(isRefused(() => attempts.take('a'))).toBeDefined()
})

test('a window that ended counts no more', async () => {
  const attempts = createAttempts({ max: 1, windowSeconds: 0.02 })
  attempts.take('a')
  await new Promise((resolve) => setTimeout(resolve, 40))
  attempts.take('a')
})

test('what is kept does not grow with the number of addresses', () => {
  const attempts = createAttempts({ max: 1, windowSeconds: 60 })
  attempts.take('first')
  for (let i = 0; i < 10_000; i++) attempts.take(String(i))
  attempts.take('first') // forgotten
  expect(isRefused(() => attempts.take('9999'))).toBeDefined()
})
