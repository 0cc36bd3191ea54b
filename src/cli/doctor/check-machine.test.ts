import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { checkMemory, checkNode, checkPort } from './check-machine.ts'

test.each([
  ['24.21.0', 'ok'],
  ['22.18.0', 'ok'],
  ['22.17.1', 'fail'],
  ['23.5.0', 'fail'],
  ['20.19.0', 'fail'],
])('Node %s is %s: TypeScript has to run as it is', (version, level) => {
  expect(checkNode(version).level).toBe(level)
})

test('a port that another program uses fails, unless it is trackside itself', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = { host: '127.0.0.1', port: (other.address() as AddressInfo).port }
  const free = { host: '127.0.0.1', port: 0 }
  try {
    expect(await checkPort(address, { isRunning: false })).toMatchObject({
      level: 'fail',
      text: expect.stringContaining(`choose one, such as PORT=${address.port + 1}`),
    })
    expect(await checkPort(address, { isRunning: true })).toMatchObject({ level: 'ok' })
    expect(await checkPort(free, { isRunning: false })).toMatchObject({ level: 'ok' })
  } finally {
    other.close()
  }
})

test('more workers than the memory carries are told, with how many it does', () => {
  expect(checkMemory({ workers: 10_000 })).toMatchObject({
    level: 'warn',
    text: expect.stringMatching(/set TRACKSIDE_WORKERS=\d+$/),
  })
})
