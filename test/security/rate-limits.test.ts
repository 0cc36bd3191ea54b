import { expect, test } from 'vitest'
import { createKey } from '../../src/orgs/index.ts'
import { EXT, startSystem } from '../test-deps.ts'

const MAX = 5
const { app, context, key } = await startSystem({}, { requestsPerMinute: MAX })

const ask = (headers: Record<string, string>, remoteAddress: string) =>
  app.inject({ url: `${EXT}/events`, headers, remoteAddress })

const makeKey = (name: string) => createKey(context, { orgId: 1, name, scopes: ['read'] })

/** Statuses of as many requests as there may be, and one more. */
async function exhaust(headers: Record<string, string>, address: string): Promise<number[]> {
  const statuses = []
  for (let i = 0; i <= MAX; i++) statuses.push((await ask(headers, address)).statusCode)
  return statuses
}

test('who has no key is limited by address, whatever address is claimed; another is not', async () => {
  const allowed = Array.from({ length: MAX }, () => 401)
  expect(await exhaust({}, '203.0.113.1')).toEqual([...allowed, 429])
  const forged = await ask({ 'x-forwarded-for': '198.51.100.7' }, '203.0.113.1')
  expect([forged.statusCode, forged.headers['x-error-code']]).toEqual([429, 'rate_limited'])
  expect(Number(forged.headers['retry-after'])).toBeGreaterThan(0)
  expect((await ask({}, '203.0.113.2')).statusCode).toBe(401)
})

test('addresses of one IPv6 network are one', async () => {
  await exhaust({}, '2001:db8:0:1::1')
  expect((await ask({}, '2001:db8:0:1:ffff::2')).statusCode).toBe(429)
  expect((await ask({}, '2001:db8:0:2::1')).statusCode).toBe(401)
})

test('made-up keys count as their address, each other one too', async () => {
  const statuses = []
  for (let i = 0; i <= MAX; i++)
    statuses.push((await ask({ 'x-api-key': `made up ${i}` }, '203.0.113.20')).statusCode)
  expect(statuses).toEqual([...Array.from({ length: MAX }, () => 403), 429])
  expect((await ask({}, '203.0.113.20')).statusCode).toBe(429)
  expect((await ask({ 'x-api-key': 'made up' }, '203.0.113.21')).statusCode).toBe(403)
})

test('a key that is known is limited by itself, also where others made keys up', async () => {
  const made = await makeKey('known')
  expect((await ask({ 'x-api-key': made.key }, '203.0.113.30')).statusCode).toBe(200)
  await exhaust({ 'x-api-key': 'made up' }, '203.0.113.31')
  expect((await ask({ 'x-api-key': made.key }, '203.0.113.31')).statusCode).toBe(200)
})

test('a key is limited wherever it comes from, and no other key by it', async () => {
  await ask({ 'x-api-key': key }, '203.0.113.12') // from then on it is known
  const allowed = Array.from({ length: MAX }, () => 200)
  expect(await exhaust({ 'x-api-key': key }, '203.0.113.10')).toEqual([...allowed, 429])
  expect((await ask({ 'x-api-key': key }, '203.0.113.11')).statusCode).toBe(429)
  const other = await makeKey('other')
  expect((await ask({ 'x-api-key': other.key }, '203.0.113.10')).statusCode).toBe(200)
})
