import { expect, test } from 'vitest'
import {
  addEvent,
  formOf,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'
import { eraseExpiredResults } from './erase-results.ts'

/** A face of 128 numbers that has this cosine with the face along the first axis. */
const face = (cosine: number, axis = 1) => {
  const vector = new Float32Array(128)
  vector[0] = cosine
  vector[axis] = Math.sqrt(1 - cosine * cosine)
  return vector
}
/** Cosines of the built-in model: nearly certain, 45 %, and no match. */
const SURE = 0.95
const MAYBE = 0.928
const NOBODY = 0.5

let faceInPhoto = face(1)
let faceInSelfie: Float32Array | undefined = face(1)
const system = await startSystem({
  selfieReader: async () => faceInSelfie,
  faceFinder: async () => [
    {
      score: 0.99,
      quality: 0.9,
      box: [10, 10, 80, 80],
      landmarks: [20, 30, 60, 30, 40, 50, 25, 70, 55, 70],
      embedding: faceInPhoto,
      model: 'dlib-resnet-v1',
    },
  ],
})
const { app, call, context, ok } = system
const GALLERY = '/api/v1/gallery'

let made = 0
async function addGallery(settings: object = {}) {
  const slug = `faces-${++made}`
  const eventId = await addEvent(system, { event_slug: slug, visibility: 'public', ...settings })
  return { slug, eventId }
}
async function addPhoto(eventId: number, cosine: number, wallTime?: string) {
  // Doubtful looks differ from each other, else the sure ones would vouch for them.
  faceInPhoto = face(cosine, cosine < SURE ? 7 : 1)
  const bytes = await jpeg({ exif: wallTime ? { DateTimeOriginal: wallTime } : {} })
  const [photo] = await upload(system, eventId, ['a.jpg', bytes])
  return photo!.image_id
}

type Match = { id: string; percentage: number }
const idsOf = (matches: Match[]) => matches.map(({ id }) => id)
const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, json?: object) =>
  call(method, `${GALLERY}${path}`, { key: null, ...(json && { json }) })
const answer = async (...args: Parameters<typeof ask>) => {
  const { status, body } = await ask(...args)
  expect([args[1], status, body.message]).toEqual([args[1], 200, body.message])
  return body.data
}
const refusal = async (...args: Parameters<typeof ask>) => {
  const { status, headers, body } = await ask(...args)
  expect(body.data).toBeNull()
  return [status, headers['x-error-code']]
}

async function selfie(
  slug: string,
  { result, pictures = 1 }: { result?: string; pictures?: number } = {},
) {
  const files = await Promise.all(
    Array.from(
      { length: pictures },
      async (_, i): Promise<[string, Buffer]> => [`selfie-${i}.jpg`, await jpeg()],
    ),
  )
  const form = formOf(...files)
  if (result) form.append('result', result)
  return call('POST', `${GALLERY}/${slug}/selfie`, { key: null, form })
}
async function take(slug: string, options = {}) {
  faceInSelfie = face(1)
  const { status, body } = await selfie(slug, options)
  expect([status, body.message]).toEqual([200, 'Your photos'])
  return body.data
}
/** Lets a result count as looked at long ago, so that the next look compares anew. */
const letItAge = () =>
  context.pool.query(`update gallery_result set matched_at = now() - interval '1 hour'`)

test('a selfie finds its person, sure matches by time and apart from those that may be', async () => {
  const { slug, eventId } = await addGallery()
  const late = await addPhoto(eventId, SURE + 0.02, '2026:06:06 12:00:00')
  const early = await addPhoto(eventId, SURE, '2026:06:06 09:00:00')
  const perhaps = await addPhoto(eventId, MAYBE)
  await addPhoto(eventId, NOBODY)
  const result = await take(slug)
  expect(idsOf(result.sure)).toEqual([early, late])
  expect(idsOf(result.maybe)).toEqual([perhaps])
  expect(result.maybe[0].percentage).toBeGreaterThan(30)
  expect(result.maybe[0].percentage).toBeLessThan(60)
  expect(result).toMatchObject({ role: 'holder', shared_token: null, total: 3, hidden: [] })
  expect(result.token).toMatch(/^[\w-]{43}$/)
  const days = (Date.parse(result.expires_at) - Date.now()) / 86_400_000
  expect(days).toBeCloseTo(30, 1)
  expect(result.sure[0]).toMatchObject({ thumb_url: expect.any(String), bibs: [] })
})

test("an event's own threshold is not undercut", async () => {
  const { slug, eventId } = await addGallery({ confidence_percentage: 50 })
  await addPhoto(eventId, MAYBE)
  expect(await take(slug)).toMatchObject({ total: 0, sure: [], maybe: [] })
})

test('a result is opened again by its token, with photos that came since', async () => {
  const { slug, eventId } = await addGallery()
  const first = await addPhoto(eventId, SURE, '2026:06:06 09:00:00')
  const { token } = await take(slug)
  const second = await addPhoto(eventId, SURE, '2026:06:06 10:00:00')
  await letItAge()
  const again = await answer('GET', `/${slug}/results/${token}`)
  expect(idsOf(again.sure)).toEqual([first, second])
  await ok('DELETE', `${MANAGE}/event/${eventId}/photos/${first}`)
  expect(idsOf((await answer('GET', `/${slug}/results/${token}`)).sure)).toEqual([second])
})

test('neither token nor picture is in the database', async () => {
  const { slug, eventId } = await addGallery()
  await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  const shared = await answer('POST', `/${slug}/results/${token}/share`)
  const { rows } = await context.pool.query(
    `select row_to_json(r)::text as text from gallery_result as r where event_id = $1`,
    [eventId],
  )
  expect(rows).toHaveLength(1)
  for (const secret of [token, shared.token])
    for (const form of [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret, 'base64url').toString('hex'),
    ])
      expect(rows[0].text).not.toContain(form)
})

test('what is marked as somebody else is hidden, also after looking again, and shown when taken back', async () => {
  const { slug, eventId } = await addGallery()
  const mine = await addPhoto(eventId, SURE)
  const other = await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  const path = `/${slug}/results/${token}`
  const marked = await answer('POST', `${path}/not-me`, { photo_id: other, not_me: true })
  expect([idsOf(marked.sure), marked.hidden, marked.total]).toEqual([[mine], [other], 1])
  await letItAge()
  expect((await answer('GET', path)).hidden).toEqual([other])
  const back = await answer('POST', `${path}/not-me`, { photo_id: other, not_me: false })
  expect([idsOf(back.sure).length, back.hidden]).toEqual([2, []])
  const stranger = await addPhoto(eventId, NOBODY)
  expect(await refusal('POST', `${path}/not-me`, { photo_id: stranger, not_me: true })).toEqual([
    404,
    'photo_not_found',
  ])
})

test('a friend sees the result by a token of its own, and changes nothing', async () => {
  const { slug, eventId } = await addGallery()
  const photo = await addPhoto(eventId, SURE)
  const hidden = await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  await answer('POST', `/${slug}/results/${token}/not-me`, { photo_id: hidden, not_me: true })
  const share = await answer('POST', `/${slug}/results/${token}/share`)
  expect(await answer('POST', `/${slug}/results/${token}/share`)).toEqual(share)
  expect((await answer('GET', `/${slug}/results/${token}`)).shared_token).toBe(share.token)

  const path = `/${slug}/results/${share.token}`
  const seen = await answer('GET', path)
  expect(seen).toMatchObject({ role: 'friend', shared_token: null, hidden: [], token: share.token })
  expect(idsOf(seen.sure)).toEqual([photo])
  const not = [403, 'result_of_another']
  expect(await refusal('POST', `${path}/share`)).toEqual(not)
  expect(await refusal('DELETE', `${path}/share`)).toEqual(not)
  expect(await refusal('POST', `${path}/not-me`, { photo_id: photo, not_me: true })).toEqual(not)
  expect(await refusal('DELETE', path)).toEqual(not)
  const more = await selfie(slug, { result: share.token })
  expect([more.status, more.headers['x-error-code']]).toEqual(not)

  await answer('DELETE', `/${slug}/results/${token}/share`)
  expect(await refusal('GET', path)).toEqual([404, 'result_not_found'])
  const anew = await answer('POST', `/${slug}/results/${token}/share`)
  expect(anew.token).not.toBe(share.token)
})

test('further selfies find more, up to ten', async () => {
  const { slug, eventId } = await addGallery()
  const front = await addPhoto(eventId, 1)
  faceInPhoto = face(0, 5)
  const [profile] = await upload(system, eventId, ['b.jpg', await jpeg()])
  const { token, sure } = await take(slug)
  expect(idsOf(sure)).toEqual([front])
  faceInSelfie = face(0, 5)
  const more = await selfie(slug, { result: token, pictures: 3 })
  expect(more.body.data.token).toBe(token)
  expect(idsOf(more.body.data.sure).sort()).toEqual([front, profile!.image_id].sort())
  for (const [pictures, status] of [
    [3, 200],
    [3, 200],
    [1, 422],
  ] as const)
    expect((await selfie(slug, { result: token, pictures })).status).toBe(status)
})

test('a selfie without a face, none, or too many, is refused and leaves nothing', async () => {
  const { slug, eventId } = await addGallery()
  faceInSelfie = undefined
  const code = ({ status, headers }: Awaited<ReturnType<typeof selfie>>) => [
    status,
    headers['x-error-code'],
  ]
  expect(code(await selfie(slug))).toEqual([422, 'selfie_no_face'])
  expect(code(await selfie(slug, { pictures: 0 }))).toEqual([400, 'selfie_missing'])
  expect(code(await selfie(slug, { pictures: 4 }))).toEqual([413, 'upload_too_large'])
  faceInSelfie = face(1)
  expect(code(await selfie(slug, { result: 'nonsense' }))).toEqual([404, 'result_not_found'])
  const { rows } = await context.pool.query('select from gallery_result where event_id = $1', [
    eventId,
  ])
  expect(rows).toEqual([])
})

test('what is forgotten is gone: result, faces, matches, for friends too', async () => {
  const { slug, eventId } = await addGallery()
  await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  const share = await answer('POST', `/${slug}/results/${token}/share`)
  expect(await answer('DELETE', `/${slug}/results/${token}`)).toEqual({ forgotten: true })
  for (const each of [token, share.token])
    expect(await refusal('GET', `/${slug}/results/${each}`)).toEqual([404, 'result_not_found'])
  await expectNoRows(eventId)
})

async function expectNoRows(eventId: number) {
  for (const table of ['gallery_result', 'gallery_selfie', 'gallery_match', 'gallery_not_me']) {
    const { rows } = await context.pool.query(`select from ${table} where event_id = $1`, [eventId])
    expect([table, rows.length]).toEqual([table, 0])
  }
}

test('an expired result is not shown any more, and is erased', async () => {
  const { slug, eventId } = await addGallery({ selfie_days: 1 })
  await addPhoto(eventId, SURE)
  const { token, expires_at } = await take(slug)
  expect((Date.parse(expires_at) - Date.now()) / 86_400_000).toBeCloseTo(1, 1)
  await context.pool.query(
    `update gallery_result set expires_at = now() - interval '1 second' where event_id = $1`,
    [eventId],
  )
  expect(await refusal('GET', `/${slug}/results/${token}`)).toEqual([404, 'result_not_found'])
  expect(await eraseExpiredResults(context)).toBe(1)
  await expectNoRows(eventId)
})

test('a token opens nothing in another event', async () => {
  const [one, two] = [await addGallery(), await addGallery()]
  await addPhoto(one.eventId, SURE)
  const { token } = await take(one.slug)
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/share'],
  ] as const)
    expect(await refusal(method, `/${two.slug}/results/${token}${path}`)).toEqual([
      404,
      'result_not_found',
    ])
  expect((await selfie(two.slug, { result: token })).status).toBe(404)
  await answer('GET', `/${one.slug}/results/${token}`)
})

test('the token of a result opens a gallery that needs its link, not one that needs a password', async () => {
  const { slug, eventId } = await addGallery()
  await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  const unlock = async () => {
    const { statusCode, headers } = await app.inject({
      method: 'POST',
      url: `${GALLERY}/${slug}/unlock`,
      payload: { key: token, password: token },
    })
    return [statusCode, headers['x-error-code'], headers['set-cookie'] !== undefined]
  }
  await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { visibility: 'link' } })
  expect(await refusal('GET', `/${slug}/results/${token}`)).toEqual([403, 'gallery_locked'])
  expect(await unlock()).toEqual([200, undefined, true])
  await ok('PATCH', `${MANAGE}/event/${eventId}`, {
    json: { visibility: 'password', gallery_password: 'Ziel-2026' },
  })
  expect(await unlock()).toEqual([403, 'gallery_password_wrong', false])
})

test('where selfie search is off, or faces are, nothing is searched and earlier results are gone', async () => {
  const { slug, eventId } = await addGallery()
  await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { selfie_search: false } })
  expect(await refusal('GET', `/${slug}/results/${token}`)).toEqual([403, 'feature_disabled'])
  await ok('PATCH', `${MANAGE}/event/${eventId}`, {
    json: { selfie_search: true, biometrics: 'none' },
  })
  await untilIdle(system, eventId)
  expect((await answer('GET', `/${slug}`)).searches.selfie).toBe(false)
  expect((await selfie(slug)).status).toBe(403)
  await expectNoRows(eventId)
})

test('who is hidden finds nothing, earlier results are erased, and nothing is kept of new ones', async () => {
  const { slug, eventId } = await addGallery()
  await addPhoto(eventId, SURE)
  const { token } = await take(slug)
  const asked = await call('POST', `${MANAGE}/event/${eventId}/hidings/by-selfie`, {
    form: formOf(['selfie.jpg', await jpeg()]),
  })
  expect([asked.status, asked.body.message]).toEqual([200, asked.body.message])
  await untilIdle(system, eventId)
  expect(await refusal('GET', `/${slug}/results/${token}`)).toEqual([404, 'result_not_found'])
  await expectNoRows(eventId)
  expect(await take(slug)).toMatchObject({ total: 0 })
  const { rows } = await context.pool.query('select from gallery_selfie where event_id = $1', [
    eventId,
  ])
  expect(rows).toEqual([])
})
