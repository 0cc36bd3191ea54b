import { expect, test } from 'vitest'
import { workerEnvironment } from './config.ts'

test('workers keep memory for the next picture, where the operator does not say otherwise', () => {
  const ours = workerEnvironment({})
  expect(ours).toMatchObject({ MALLOC_ARENA_MAX: '1', MALLOC_MMAP_MAX_: '0' })
  expect(workerEnvironment({ MALLOC_ARENA_MAX: '4', LOG_LEVEL: 'info' })).toEqual({
    ...ours,
    MALLOC_ARENA_MAX: '4',
    LOG_LEVEL: 'info',
  })
})
