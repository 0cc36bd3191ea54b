import { expect, test } from 'vitest'
import { addEvent, EXT, MANAGE, startSystem } from '../../test/test-deps.ts'
import { createKey } from '../orgs/index.ts'

const system = await startSystem()
const { call, ok, context } = system
const event = await addEvent(system)

test('every answer is an envelope with a request id, and every error has a code', async () => {
  const answer = await call('GET', `${EXT}/event/987654/details`)
  expect(answer.status).toBe(404)
  expect(Object.keys(answer.body).sort()).toEqual(['data', 'message', 'responseType'])
  expect(answer.body).toMatchObject({ responseType: 'error', data: null })
  expect(answer.headers['x-error-code']).toBe('event_not_found')
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

test('a missing, an unknown, a deactivated key, one of another organisation and one without the scope are told apart', async () => {
  const path = `${EXT}/event/${event}/details`
  const code = async (key: string | null, url = path) => {
    const { status, headers } = await call('GET', url, { key })
    return [status, headers['x-error-code']]
  }
  const { key_id, key } = await ok('POST', `${MANAGE}/keys`, {
    json: { name: 'r', scopes: ['read'] },
  })
  expect(await code(null)).toEqual([401, 'api_key_missing'])
  expect(await code('nonsense')).toEqual([403, 'api_key_invalid'])
  expect(await code(key, `${MANAGE}/keys`)).toEqual([403, 'scope_missing'])
  expect(await code(key, path.replace('/1/event', '/2/event'))).toEqual([403, 'wrong_organisation'])
  await ok('PATCH', `${MANAGE}/keys/${key_id}`, { json: { active: false } })
  expect(await code(key)).toEqual([403, 'api_key_inactive'])
})

test("another organisation's event is refused, not hidden", async () => {
  await context.pool.query(`insert into organisation (name) values ('Other')`)
  const { key } = await createKey(context, { orgId: 2, name: 'theirs', scopes: ['read'] })
  const answer = await call('GET', `/api/v1/ext/2/event/${event}/details`, { key })
  expect([answer.status, answer.headers['x-error-code']]).toEqual([403, 'wrong_organisation'])
})

test('an organisation has ten keys at most', async () => {
  for (let i = 0; i < 12; i++)
    await call('POST', `${MANAGE}/keys`, { json: { name: `k${i}`, scopes: ['read'] } })
  expect((await ok('GET', `${MANAGE}/keys`)).keys).toHaveLength(10)
  const eleventh = await call('POST', `${MANAGE}/keys`, { json: { name: 'k', scopes: ['read'] } })
  expect([eleventh.status, eleventh.headers['x-error-code']]).toEqual([409, 'key_limit_reached'])
})

test('all field errors are flattened into one message', async () => {
  const answer = await call('GET', `${EXT}/event/${event}/images?page=0&page_size=0`)
  expect(answer.status).toBe(422)
  expect(answer.body.message).toBe(
    'querystring.page: must be >= 1; querystring.page_size: must be >= 1',
  )
  const body = await call('POST', `${MANAGE}/events`, {
    json: { event_name: '', timezone: 'Mars/Base' },
  })
  expect(body.body.message).toMatch(/^body\.event_name: /)
})

test('zones and dates that do not exist are refused', async () => {
  for (const wrong of [
    { timezone: 'Mars/Base' },
    { timezone: '+02:00' },
    { event_date: '2026-02-30T00:00:00' },
  ]) {
    const answer = await call('POST', `${MANAGE}/events`, { json: { event_name: 'x', ...wrong } })
    expect(answer.status).toBe(422)
    expect(answer.body.message).toContain(Object.keys(wrong)[0])
  }
})

test('answers say how many requests are left, and too many get 429 with the time to come again', async () => {
  const answer = await call('GET', `${EXT}/events`)
  expect(Number(answer.headers['ratelimit-remaining'])).toBeGreaterThan(0)
  expect(answer.headers['ratelimit-limit']).toBe('12000')
})

test('liveness, readiness and metrics need no key', async () => {
  expect((await call('GET', '/healthz', { key: null })).status).toBe(200)
  expect((await call('GET', '/readyz', { key: null })).status).toBe(200)
  const metrics = await call('GET', '/metrics', { key: null })
  expect(metrics.bytes.toString()).toMatch(
    /trackside_request_duration_seconds_count\{operation="listEvents",status="200"\} \d/,
  )
  expect(metrics.bytes.toString()).toMatch(/trackside_queue_depth\{job="photos.prepare"\} 0/)
})
