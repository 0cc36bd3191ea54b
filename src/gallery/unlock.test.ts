import { expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, startSystem, upload } from '../../test/test-deps.ts'
import { createApp } from '../app.ts'

const system = await startSystem()
const { app, ok } = system
const GALLERY = '/api/v1/gallery'

let made = 0
async function addGallery(settings: object) {
  const slug = `private-${++made}`
  const eventId = await addEvent(system, { event_slug: slug, ...settings })
  const [photo] = await upload(system, eventId, ['a.jpg', await jpeg()])
  return { slug, eventId, photoId: photo!.image_id }
}
const settingsOf = (eventId: number) => ok('GET', `${MANAGE}/event/${eventId}`)
const change = (eventId: number, json: object) =>
  ok('PATCH', `${MANAGE}/event/${eventId}`, { json })
const keyOf = async (eventId: number) => (await settingsOf(eventId)).gallery_link.split('#k=')[1]

/** Every test comes from an address of its own, so that its failures are its own. */
let address = 0
const anAddress = () => `10.0.0.${++address}`

const unlock = (slug: string, payload: object, { from = anAddress(), headers = {} } = {}) =>
  app.inject({
    method: 'POST',
    url: `${GALLERY}/${slug}/unlock`,
    payload,
    headers,
    remoteAddress: from,
  })
const codeOf = (answer: { statusCode: number; headers: Record<string, unknown> }) => [
  answer.statusCode,
  answer.headers['x-error-code'],
]
const see = (slug: string, cookie = '', path = '/photos') =>
  app.inject({ url: `${GALLERY}/${slug}${path}`, headers: { cookie } })
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String(answer.headers['set-cookie']).split(';')[0]!

async function open(slug: string, payload: object): Promise<string> {
  const answer = await unlock(slug, payload)
  expect(answer.statusCode).toBe(200)
  expect(answer.json().data).toMatchObject({ slug, access: 'open', photo_count: 1 })
  return cookieOf(answer)
}

test('a new event opens by its link alone, and managers are told the link', async () => {
  const { slug, eventId } = await addGallery({})
  const settings = await settingsOf(eventId)
  expect(settings).toMatchObject({ visibility: 'link', has_gallery_password: false })
  expect(settings.gallery_link).toMatch(new RegExp(`^http://[^/]+/e/${slug}#k=[0-9a-f]{32}$`))
  const locked = await see(slug, '', '')
  expect(locked.json().data).toMatchObject({ access: 'link', photo_count: 0 })
  expect(codeOf(await see(slug))).toEqual([403, 'gallery_locked'])

  const cookie = await open(slug, { key: await keyOf(eventId) })
  expect((await see(slug, cookie)).json().data.total).toBe(1)
  expect((await see(slug, cookie, '')).json().data).toMatchObject({ access: 'open' })
})

test('the cookie is out of reach of scripts and other sites', async () => {
  const { slug, eventId } = await addGallery({})
  const answer = await unlock(slug, { key: await keyOf(eventId) })
  expect(answer.headers['set-cookie']).toMatch(
    /^trackside_gallery_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=15552000$/,
  )
})

test('a password opens, until there is another one', async () => {
  const { slug, eventId } = await addGallery({
    visibility: 'password',
    gallery_password: 'Ziel-2026',
  })
  const settings = await settingsOf(eventId)
  expect(settings).toMatchObject({ visibility: 'password', has_gallery_password: true })
  expect(JSON.stringify(settings)).not.toContain('Ziel-2026')
  expect(settings.gallery_link).not.toContain('#')
  for (const wrong of [{ password: 'ziel-2026' }, { password: '' }, { key: 'Ziel-2026' }, {}])
    expect(codeOf(await unlock(slug, wrong))).toEqual([403, 'gallery_password_wrong'])

  const cookie = await open(slug, { password: 'Ziel-2026' })
  expect((await see(slug, cookie)).statusCode).toBe(200)
  // Another setting changes nothing, another password locks everybody out.
  await change(eventId, { gallery_downloads: false })
  expect((await see(slug, cookie)).statusCode).toBe(200)
  await change(eventId, { gallery_password: 'Start-2026' })
  expect(codeOf(await see(slug, cookie))).toEqual([403, 'gallery_locked'])
  expect((await see(slug, await open(slug, { password: 'Start-2026' }))).statusCode).toBe(200)
})

test('a new link locks out who has the old one', async () => {
  const { slug, eventId } = await addGallery({})
  const key = await keyOf(eventId)
  const cookie = await open(slug, { key })
  await change(eventId, { new_gallery_link: true })
  expect(codeOf(await see(slug, cookie))).toEqual([403, 'gallery_locked'])
  expect(codeOf(await unlock(slug, { key }))).toEqual([403, 'gallery_link_wrong'])
  await open(slug, { key: await keyOf(eventId) })
})

test('another visibility asks again, and public needs nothing', async () => {
  const { slug, eventId } = await addGallery({ gallery_password: 'Ziel-2026' })
  const cookie = await open(slug, { key: await keyOf(eventId) })
  await change(eventId, { visibility: 'password' })
  expect(codeOf(await see(slug, cookie))).toEqual([403, 'gallery_locked'])
  await change(eventId, { visibility: 'public' })
  expect((await see(slug)).statusCode).toBe(200)
  expect((await unlock(slug, {})).headers['set-cookie']).toBeUndefined()
})

test('the pass of one gallery opens no other', async () => {
  const [one, two] = [await addGallery({}), await addGallery({})]
  const cookie = await open(one.slug, { key: await keyOf(one.eventId) })
  const pass = cookie.split('=')[1]
  expect(codeOf(await see(two.slug, cookie))).toEqual([403, 'gallery_locked'])
  expect(codeOf(await see(two.slug, `trackside_gallery_${two.eventId}=${pass}`))).toEqual([
    403,
    'gallery_locked',
  ])
  expect(codeOf(await unlock(two.slug, { key: await keyOf(one.eventId) }))).toEqual([
    403,
    'gallery_link_wrong',
  ])
})

test('nothing behind the lock answers without the pass', async () => {
  const { slug, photoId } = await addGallery({})
  for (const path of ['/photos', '/timeline', '/search?q=1', `/photos/${photoId}`]) {
    const answer = await see(slug, '', path)
    expect([path, ...codeOf(answer)]).toEqual([path, 403, 'gallery_locked'])
    expect(answer.body).not.toContain(photoId)
  }
})

test('guesses are limited by address; what succeeds does not count', async () => {
  const { slug } = await addGallery({ visibility: 'password', gallery_password: 'Ziel-2026' })
  const other = await addGallery({})
  const key = await keyOf(other.eventId)
  const from = anAddress()
  const tries = (password: string) => unlock(slug, { password }, { from })
  for (let i = 0; i < 12; i++)
    expect((await unlock(other.slug, { key }, { from })).statusCode).toBe(200)
  // All at once: none slips through while the others are being compared.
  const guesses = await Promise.all(Array.from({ length: 12 }, (_, i) => tries(`guess-${i}`)))
  expect(guesses.filter(({ statusCode }) => statusCode === 403)).toHaveLength(10)
  const refused = await tries('Ziel-2026')
  expect(codeOf(refused)).toEqual([429, 'rate_limited'])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await unlock(slug, { password: 'Ziel-2026' })).statusCode).toBe(200)
})

test('guesses are counted over all servers, and a window that is over counts no more', async () => {
  const { slug } = await addGallery({ visibility: 'password', gallery_password: 'Ziel-2026' })
  const other = await createApp(system.context) // a server of its own on the same database
  const from = anAddress()
  const guess = (server: typeof app, password: string) =>
    server.inject({
      method: 'POST',
      url: `${GALLERY}/${slug}/unlock`,
      payload: { password },
      remoteAddress: from,
    })
  for (let i = 0; i < 10; i++)
    expect((await guess(i % 2 ? app : other, `guess-${i}`)).statusCode).toBe(403)
  for (const server of [app, other]) {
    const refused = await guess(server, 'Ziel-2026')
    expect(codeOf(refused)).toEqual([429, 'rate_limited'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  }
  await system.context.pool.query(`update unlock_failure set ends_at = now()`)
  expect((await guess(other, 'Ziel-2026')).statusCode).toBe(200)
  await other.close()
})

test('a page of another site cannot unlock, nor can a form', async () => {
  const { slug, eventId } = await addGallery({})
  const key = await keyOf(eventId)
  for (const origin of ['https://evil.example', 'null', 'nonsense'])
    expect(codeOf(await unlock(slug, { key }, { headers: { origin } }))).toEqual([
      403,
      'request_forged',
    ])
  const own = { headers: { origin: 'http://localhost:80' } }
  expect((await unlock(slug, { key }, own)).statusCode).toBe(200)
  const form = await app.inject({
    method: 'POST',
    url: `${GALLERY}/${slug}/unlock`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `key=${key}`,
  })
  expect(form.statusCode).toBe(415)
})

test('a password gallery needs a password, and one that is long enough', async () => {
  const { eventId } = await addGallery({})
  const patch = async (json: object) => {
    const { status, headers } = await system.call('PATCH', `${MANAGE}/event/${eventId}`, { json })
    return [status, headers['x-error-code']]
  }
  expect(await patch({ visibility: 'password' })).toEqual([422, 'validation_failed'])
  expect(await patch({ visibility: 'password', gallery_password: 'short' })).toEqual([
    422,
    'validation_failed',
  ])
  await change(eventId, { visibility: 'password', gallery_password: 'long enough' })
  expect(await patch({ gallery_password: null })).toEqual([422, 'validation_failed'])
  await change(eventId, { visibility: 'link', gallery_password: null })
  expect(await settingsOf(eventId)).toMatchObject({ has_gallery_password: false })
})
