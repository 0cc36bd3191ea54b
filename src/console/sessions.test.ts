import { expect, test } from 'vitest'
import { addEvent, EXT, MANAGE, startSystem } from '../../test/test-deps.ts'
import { createKey, deleteKey, setKeyActive } from '../orgs/index.ts'

const system = await startSystem()
const { app, context, call } = system
const SESSION = '/api/v1/console/session'
const OURS = { 'x-trackside-console': '1' }

const signIn = (key: string, headers: Record<string, string> = OURS) =>
  app.inject({ method: 'POST', url: SESSION, headers, payload: { key } })

/** The Cookie header of a new session. */
async function cookieFor(key = system.key): Promise<string> {
  const answer = await signIn(key)
  expect(answer.statusCode).toBe(200)
  return String(answer.headers['set-cookie']).split(';')[0]!
}
const send = (method: 'GET' | 'POST', url: string, cookie: string, headers = {}) =>
  app.inject({
    method,
    url,
    headers: { cookie, ...headers },
    ...(method === 'POST' && { payload: { event_name: 'From the console' } }),
  })
const codeOf = (answer: { headers: Record<string, unknown> }) => answer.headers['x-error-code']

test('a key of the scope manage is exchanged for a cookie that no script and no other site can use', async () => {
  const answer = await signIn(system.key)
  const cookie = String(answer.headers['set-cookie'])
  expect(cookie).toMatch(
    /^trackside_session=[\w-]{43}; Path=\/api\/v1; HttpOnly; SameSite=Strict; Max-Age=43200$/,
  )
  expect(answer.body).not.toContain(system.key)
  expect(answer.json().data.session).toMatchObject({ org_id: 1, key_name: 'test' })
})

test('the session stands for the key on both surfaces, and only in its organisation', async () => {
  const { key } = await createKey(context, { orgId: 1, name: 'manage only', scopes: ['manage'] })
  const cookie = await cookieFor(key)
  expect((await send('GET', `${EXT}/events`, cookie)).statusCode).toBe(200)
  expect((await send('POST', `${MANAGE}/events`, cookie, OURS)).statusCode).toBe(200)
  expect(codeOf(await send('GET', '/api/v1/manage/2/keys', cookie))).toBe('wrong_organisation')
})

test('keys that may not manage, are unknown or deactivated open no session', async () => {
  const reader = await createKey(context, { orgId: 1, name: 'reader', scopes: ['read'] })
  const off = await createKey(context, { orgId: 1, name: 'off', scopes: ['manage'] })
  await setKeyActive(context, { orgId: 1, keyId: off.id, active: false })
  for (const key of [reader.key, off.key, 'nonsense']) {
    const answer = await signIn(key)
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'sign_in_refused'])
    expect(answer.headers['set-cookie']).toBeUndefined()
  }
})

test('changes need the header of the console and its own origin; sign-in too', async () => {
  const cookie = await cookieFor()
  const post = (headers: object) => send('POST', `${MANAGE}/events`, cookie, headers)
  expect(codeOf(await post({}))).toBe('request_forged')
  expect(codeOf(await post({ ...OURS, origin: 'https://evil.example' }))).toBe('request_forged')
  expect(codeOf(await post({ ...OURS, origin: 'null' }))).toBe('request_forged')
  const own = { ...OURS, host: 'photos.example:8080', origin: 'http://photos.example:8080' }
  expect((await post(own)).statusCode).toBe(200)
  expect(codeOf(await signIn(system.key, {}))).toBe('request_forged')
})

test('deactivating or deleting the key ends its sessions at once; signing out ends one', async () => {
  const made = await createKey(context, { orgId: 1, name: 'short', scopes: ['manage'] })
  const cookie = await cookieFor(made.key)
  const ask = () => send('GET', `${MANAGE}/keys`, cookie)
  await setKeyActive(context, { orgId: 1, keyId: made.id, active: false })
  expect([(await ask()).statusCode, codeOf(await ask())]).toEqual([401, 'session_ended'])
  await setKeyActive(context, { orgId: 1, keyId: made.id, active: true })
  expect((await ask()).statusCode).toBe(200)
  await deleteKey(context, { orgId: 1, keyId: made.id })
  expect(codeOf(await ask())).toBe('session_ended')

  const other = await cookieFor()
  const out = await app.inject({
    method: 'DELETE',
    url: SESSION,
    headers: { cookie: other, ...OURS },
  })
  expect(String(out.headers['set-cookie'])).toContain('Max-Age=0')
  expect(codeOf(await send('GET', `${MANAGE}/keys`, other))).toBe('session_ended')
})

test('a session ends after 12 hours, and after 2 without use', async () => {
  const age = async (column: string, hours: number) => {
    const cookie = await cookieFor()
    await context.pool.query(
      `update console_session set ${column} = now() - make_interval(hours => ${hours})
       where created_at = (select max(created_at) from console_session)`,
    )
    const { session } = (await send('GET', SESSION, cookie)).json().data
    return session !== null
  }
  expect(await age('last_seen_at', 1)).toBe(true)
  expect(await age('last_seen_at', 3)).toBe(false)
  expect(await age('created_at', 13)).toBe(false)
})

test('the cookie is for https alone where the service is', async () => {
  const answer = await app.inject({ method: 'GET', url: SESSION })
  expect(answer.json().data).toEqual({ session: null })
  const { sessionCookie } = await import('../http/session-cookie.ts')
  expect(sessionCookie('x', { isSecure: true, maxAgeSeconds: 1 })).toMatch(/; Secure$/)
})

test('without key and session the answer is what it was: send a key', async () => {
  const event = await addEvent(system)
  const answer = await call('GET', `${EXT}/event/${event}/images`, { key: null })
  expect([answer.status, answer.headers['x-error-code']]).toEqual([401, 'api_key_missing'])
})
