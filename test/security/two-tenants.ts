import { newId } from '../../src/lib/ids.ts'
import { createKey } from '../../src/orgs/index.ts'
import { addEvent, EXT, formOf, jpeg, startSystem, type TestSystem, upload } from '../test-deps.ts'

/** A face that every selfie matches. */
const FACE = Float32Array.from({ length: 128 }, () => 1 / Math.sqrt(128))

export type Tenant = {
  orgId: number
  key: string
  keyId: string
  eventId: number
  photoId: string
  requestId: string
  secretName: string
}

/** A system with two organisations, each with a key, an event, a photo with bib and face, and a selfie search. */
export async function startTwoTenants(): Promise<TestSystem & { ours: Tenant; theirs: Tenant }> {
  const system = await startSystem({
    selfieReader: async () => FACE,
    faceFinder: async () => [
      {
        score: 0.99,
        quality: 0.9,
        box: [10, 10, 80, 80],
        landmarks: [20, 30, 60, 30, 40, 50, 25, 70, 55, 70],
        embedding: FACE,
        model: 'dlib-resnet-v1',
      },
    ],
    bibReader: async () => [
      { text: '4711', fullText: '4711', kind: 'digits', score: 0.99, box: [10, 100, 60, 30] },
    ],
  })
  const { context, key, call } = system
  const { rows } = await context.pool.query<{ id: string }>('select id from api_key')
  const secretName = 'SecretRunOfTheirs'
  const eventId = await addEvent(system, {
    event_name: secretName,
    event_slug: 'theirs',
  })
  const [photo] = await upload(system, eventId, ['secret-photo.jpg', await jpeg()])
  const search = await call('POST', `${EXT}/event/${eventId}/faces`, {
    form: formOf(['selfie.jpg', await jpeg()]),
  })
  const theirs: Tenant = {
    orgId: 1,
    key,
    keyId: rows[0]!.id,
    eventId,
    photoId: photo!.image_id,
    requestId: search.body.data.request_id,
    secretName,
  }

  await context.pool.query(`insert into organisation (name) values ('Ours')`)
  const own = await createKey(context, { orgId: 2, name: 'ours', scopes: ['read', 'manage'] })
  const made = await call('POST', '/api/v1/manage/2/events', {
    key: own.key,
    json: { event_name: 'Our Run', event_slug: 'ours', visibility: 'public' },
  })
  const ours: Tenant = {
    orgId: 2,
    key: own.key,
    keyId: own.id,
    eventId: made.body.data.event_id,
    photoId: newId(),
    requestId: newId(),
    secretName: 'Our Run',
  }
  return { ...system, ours, theirs }
}
