import { expect, test } from 'vitest'
import { outlast } from './outlast.ts'

const full = () => Object.assign(new Error('no room'), { code: 'ENOSPC' })

test('work is done again while what it needs is away, and fails at once for a reason of its own', async () => {
  const { signal } = new AbortController()
  const outages: unknown[] = []
  let tries = 0
  const onOutage = (error: unknown) => outages.push(error)
  await outlast(
    async () => {
      if (tries++ < 2) throw full()
    },
    { signal, onOutage },
  )
  expect([tries, outages.length]).toEqual([3, 2])
  const broken = outlast(() => Promise.reject(new Error('broken')), { signal, onOutage })
  await expect(broken).rejects.toThrow('broken')
  expect(outages).toHaveLength(2)
})

test('waiting ends when its worker is told to stop', async () => {
  const stopping = new AbortController()
  const waiting = outlast(() => Promise.reject(full()), {
    signal: stopping.signal,
    onOutage: () => stopping.abort(),
  })
  await expect(waiting).rejects.toThrow('no room')
})
