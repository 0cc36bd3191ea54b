import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../src/lib/ids.ts'
import { createKey } from '../../src/orgs/index.ts'
import {
  addEvent,
  EXT,
  formOf,
  jpeg,
  MANAGE,
  startSystem,
  type TestSystem,
  upload,
} from '../test-deps.ts'
import { hasFfmpeg, makeVideo } from '../videos.ts'

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
  /** What else has an id or a secret, by the name of the parameter of a path. */
  named: Named
}
type Named = Record<
  'video_id' | 'hiding_id' | 'asked_hiding_id' | 'video_request_id' | 'token' | 'secret',
  string
>

/**
 * A system with two organisations, each with a key and an event. Theirs has all that an event can have, a photo with bib and face and searches
 * among it, and its gallery is locked; ours has nothing, and its gallery is public.
 */
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
  const { context, key, call, ok } = system
  const { rows } = await context.pool.query<{ id: string }>('select id from api_key')
  const secretName = 'SecretRunOfTheirs'
  const eventId = await addEvent(system, {
    event_name: secretName,
    event_slug: 'theirs',
    visibility: 'public',
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
    named: await addRest(system, eventId),
  }
  await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { visibility: 'link' } })

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
    named: { ...NOTHING },
  }
  return { ...system, ours, theirs }
}

const NOTHING: Named = {
  video_id: newId(),
  hiding_id: newId(),
  asked_hiding_id: newId(),
  video_request_id: newId(),
  token: 'none',
  secret: 'none',
}

/** A video with a search (where there is ffmpeg), a hiding of each side, a result and a download of the gallery. */
async function addRest({ ok, folder }: TestSystem, eventId: number): Promise<Named> {
  const gallery = '/api/v1/gallery/theirs'
  const hiding = await ok('POST', `${MANAGE}/event/${eventId}/hidings/by-bib`, {
    json: { bib: '1' },
  })
  const asked = await ok('POST', `${gallery}/hide-me/bib`, { key: null, json: { bib: '2' } })
  const form = formOf(['selfie.jpg', await jpeg()])
  const result = await ok('POST', `${gallery}/selfie`, { key: null, form })
  const wish = { key: null, json: { bib: '4711' } }
  const download = await ok('POST', `${gallery}/downloads`, wish)
  const named = {
    ...NOTHING,
    hiding_id: hiding.hiding_id,
    asked_hiding_id: asked.hiding_id,
    token: result.token,
    secret: download.url.split('/').at(-1),
  }
  if (!hasFfmpeg) return named
  const video = await readFile(await makeVideo(join(folder, 'theirs.mp4'), { seconds: 1 }))
  const stored = await ok('POST', `${MANAGE}/event/${eventId}/videos`, {
    form: formOf(['secret-video.mp4', video]),
  })
  const clips = await ok('POST', `${EXT}/event/${eventId}/video-clipping/search-by-bib`, {
    json: { bib: '4711' },
  })
  return { ...named, video_id: stored.video_id, video_request_id: clips.request_id }
}
