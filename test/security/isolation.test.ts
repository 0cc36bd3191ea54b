import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKey } from '../../src/orgs/index.ts'
import { EXT, MANAGE } from '../test-deps.ts'
import { fitting } from './arbitrary.ts'
import { fillPath, listOperations, type Operation } from './operations.ts'
import { startTwoTenants, type Tenant } from './two-tenants.ts'

const system = await startTwoTenants()
const { app, call, context, ours, theirs } = system
const operations = (await listOperations(app)).filter(({ needsKey }) => needsKey)
const SEED = { seed: 20261124, numRuns: 1 }

type Ids = Pick<Tenant, 'orgId' | 'eventId' | 'photoId' | 'requestId' | 'keyId' | 'named'> & {
  slug?: string
}

/** A request that fits the operation's schema, about these ids. */
async function ask(operation: Operation, ids: Ids, key: string | null) {
  const { method, path, parameters, bodies } = operation
  const named: Record<string, string | number> = {
    ...ids.named,
    org_id: ids.orgId,
    event_id: ids.eventId,
    image_id: ids.photoId,
    request_id: /video-clipping|clips/.test(path) ? ids.named.video_request_id : ids.requestId,
    ...(path.includes('hide-me') && { hiding_id: ids.named.asked_hiding_id }),
    key_id: ids.keyId,
    id: ids.photoId,
    ...(ids.slug !== undefined && { slug: ids.slug }),
    bib: '4711',
  }
  const query = new URLSearchParams()
  for (const { in: place, name, schema, required } of parameters) {
    const value = named[name] ?? String(fc.sample(fitting(schema), SEED)[0])
    named[name] = value
    if (place === 'query' && (required || name in { request_id: 1 })) query.set(name, String(value))
  }
  const url = `${fillPath(path, named)}?${query}`
  const [type, schema] = bodies[0] ?? []
  if (!type || !schema) return call(method, url, { key })
  if (type === 'application/json')
    return call(method, url, { key, json: fc.sample(fitting(schema), SEED)[0] as object })
  return call(method, url, { key, type, body: Buffer.from('x') })
}

/** What nobody but its owner may read. */
const SECRETS = [
  ...[theirs.secretName, theirs.photoId, theirs.requestId, theirs.keyId],
  ...['secret-photo', 'secret-video', ...Object.values(theirs.named)],
]
const told = (bytes: Buffer) => SECRETS.filter((secret) => bytes.toString().includes(secret))

test('there are operations to ask', () => {
  expect(operations.length).toBeGreaterThan(28)
})

test.each(operations.map((operation) => [operation.id, operation] as const))(
  '%s shows and changes nothing of another organisation',
  async (_, operation) => {
    // Their organisation in the path.
    const foreign = await ask(operation, theirs, ours.key)
    expect([foreign.status, foreign.headers['x-error-code']]).toEqual([403, 'wrong_organisation'])
    // Our organisation, their event.
    if (operation.path.includes('{event_id}')) {
      const event = await ask(operation, { ...theirs, orgId: ours.orgId }, ours.key)
      expect([403, 404, 501]).toContain(event.status)
      expect(event.headers['x-error-code']).toMatch(
        /^(wrong_organisation|event_not_found|video_unavailable)$/,
      )
      expect(event.body.data).toBeNull()
      expect(event.body.message).not.toContain(theirs.secretName)
    }
    // Our organisation and event, their photo, search or key.
    if (operation.id === 'deleteEvent') return
    const inside = await ask(operation, { ...theirs, orgId: 2, eventId: ours.eventId }, ours.key)
    expect(inside.status).toBeLessThan(500 + (inside.status === 501 ? 2 : 0))
    if (inside.status === 200) expect(told(inside.bytes)).toEqual([])
    else expect(inside.body.data).toBeNull()
    if (/\{(image_id|key_id|request_id|video_id|hiding_id)\}/.test(operation.path))
      expect([400, 403, 404, 501]).toContain(inside.status)
  },
)

test.each(operations.map((operation) => [operation.id, operation] as const))(
  '%s asks for a key, and for one with its scope',
  async (_, operation) => {
    const without = await ask(operation, theirs, null)
    expect([without.status, without.body.data]).toEqual([401, null])
    const scopes = operation.path.startsWith('/api/v1/manage') ? ['read'] : ['manage']
    const { id, key } = await createKey(context, { orgId: 1, name: 'narrow', scopes } as never)
    const narrow = await ask(operation, theirs, key)
    expect([narrow.status, narrow.headers['x-error-code']]).toEqual([403, 'scope_missing'])
    await call('DELETE', `${MANAGE}/keys/${id}`)
  },
)

const open = (await listOperations(app)).filter(({ path }) => path.startsWith('/api/v1/gallery'))

test.each(open.map((operation) => [operation.id, operation] as const))(
  '%s tells nothing of a gallery that is locked, nor of one gallery in another',
  async (_, operation) => {
    const locked = await ask(operation, { ...theirs, slug: 'theirs' }, null)
    if (operation.path.includes('{slug}')) {
      // Its name and what it needs are told to everybody.
      const isFrontDoor = operation.id === 'getGallery'
      expect([operation.id, locked.status]).toEqual([operation.id, isFrontDoor ? 200 : 403])
      expect(told(locked.bytes).filter((text) => text !== theirs.secretName)).toEqual([])
      if (isFrontDoor) expect(locked.body.data).toMatchObject({ access: 'link', photo_count: 0 })
      else expect(locked.headers['x-error-code']).toMatch(/^gallery_(locked|link_wrong)$/)
    } else expect(told(locked.bytes)).toEqual([])
    // Their photo and search asked for in our gallery, which is public.
    const inside = await ask(operation, { ...theirs, slug: 'ours' }, null)
    expect(inside.status).toBeLessThan(500 + (inside.status === 501 ? 2 : 0))
    if (inside.status === 200) expect(told(inside.bytes)).toEqual([])
    else expect(inside.body.data).toBeNull()
    if (/\{(id|token|secret|request_id|hiding_id)\}/.test(operation.path))
      expect([403, 404, 422, 501]).toContain(inside.status)
  },
)

test('there are operations of the gallery to ask', () => {
  expect(open.length).toBeGreaterThan(15)
})

test('originals of another organisation are not presigned, by id or by search', async () => {
  const path = `/api/v1/ext/2/event/${ours.eventId}/original-photos`
  for (const [json, status] of [
    [{ method: 'image_id', identifier: theirs.photoId }, 400],
    [{ method: 'image_ids', identifier: [theirs.photoId, ours.photoId] }, 400],
    [{ method: 'selfie', identifier: theirs.requestId }, 404],
  ] as const) {
    const answer = await call('POST', path, { key: ours.key, json })
    expect([answer.status, answer.body.data]).toEqual([status, null])
  }
  const bib = await call('POST', path, {
    key: ours.key,
    json: { method: 'bib', identifier: '4711' },
  })
  expect(bib.body.data.presigned_urls).toEqual([])
})

test('an upload of another organisation cannot be seen, continued or ended', async () => {
  const metadata = (event: number) => `event_id ${Buffer.from(String(event)).toString('base64')}`
  const send = (
    method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE',
    url: string,
    key: string,
    more = {},
  ) => app.inject({ method, url, headers: { 'x-api-key': key, 'tus-resumable': '1.0.0', ...more } })
  const create = (org: number, event: number, key: string) =>
    send('POST', `/api/v1/manage/${org}/uploads`, key, {
      'upload-length': '10',
      'upload-metadata': metadata(event),
    })
  expect((await create(2, theirs.eventId, ours.key)).statusCode).toBe(403)
  const made = await create(1, theirs.eventId, theirs.key)
  expect(made.statusCode).toBe(201)
  const id = String(made.headers.location).split('/').at(-1)
  for (const method of ['HEAD', 'PATCH', 'DELETE'] as const)
    for (const org of [1, 2]) {
      const answer = await send(method, `/api/v1/manage/${org}/uploads/${id}`, ours.key, {
        ...(method === 'PATCH' && {
          'content-type': 'application/offset+octet-stream',
          'upload-offset': '0',
        }),
      })
      expect([method, org, answer.statusCode]).toEqual([method, org, org === 1 ? 403 : 404])
    }
  const still = await send('HEAD', `/api/v1/manage/1/uploads/${id}`, theirs.key)
  expect([still.statusCode, still.headers['upload-offset']]).toEqual([200, '0'])
})

test('all of that left the other organisation as it was', async () => {
  const { images } = await system.ok('GET', `${EXT}/event/${theirs.eventId}/bibs/4711`)
  expect(images.map(({ image_id }: { image_id: string }) => image_id)).toEqual([theirs.photoId])
  const found = await call('GET', `${EXT}/event/${theirs.eventId}/faces/${theirs.requestId}`)
  expect(found.body.data.images).toHaveLength(1)
  const details = await system.ok('GET', `${EXT}/event/${theirs.eventId}/details`)
  expect(details.event_name).toBe(theirs.secretName)
})
