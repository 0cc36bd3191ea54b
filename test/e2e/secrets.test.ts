import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createClient } from './client.ts'
import { makeDemoRace } from './demo-race.ts'
import { makeFolder, removeFolder, startSystem } from './system.ts'

const LIMIT = 240_000

test(
  'At the most talkative level no key, session, signature, upload or face reaches the logs',
  async () => {
    const folder = await makeFolder()
    const database = 'a-secret-that-belongs-to-another-program'
    const system = await startSystem(folder, {
      LOG_LEVEL: 'trace',
      TRACKSIDE_S3_SECRET_ACCESS_KEY: 'not-used-without-a-bucket',
      SOME_PASSWORD: database,
    })
    const secrets = new Map<string, string>()
    let logs = ''
    try {
      const client = createClient(system)
      secrets.set('the first key', system.key ?? '')
      const race = await makeDemoRace(join(folder, 'demo'), { photos: 3, seed: 1 })
      const eventId = await client.createEvent()
      const { fileName } = race.truth[0]!
      await client.upload(eventId, [
        [fileName, await readFile(join(race.photosDir, fileName))],
        ['broken.jpg', Buffer.from('no photo')],
      ])
      await client.waitIdle(eventId)

      const made = await client.ask<{ key: string }>('POST', 'manage:/keys', {
        json: { name: 'reader', scopes: ['read'] },
      })
      secrets.set('a key that was made', made.key)
      const wrong = 'x'.repeat(20) + Date.now()
      secrets.set('a key that is wrong', wrong)
      expect((await client.call('GET', 'ext:/events', { key: wrong })).status).toBe(403)

      const signedIn = await fetch(`${system.url}/api/v1/console/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Trackside-Console': '1' },
        body: JSON.stringify({ key: system.key }),
      })
      const session = /trackside_session=([^;]+)/.exec(
        signedIn.headers.get('set-cookie') ?? '',
      )?.[1]
      expect(session).toBeDefined()
      secrets.set('a session', session ?? '')

      const [photo] = await client.listImages(eventId)
      const { presigned_urls: urls } = await client.ask<{ presigned_urls: { url: string }[] }>(
        'POST',
        `ext:/event/${eventId}/original-photos`,
        { json: { method: 'image_id', identifier: photo?.image_id } },
      )
      const url = new URL(urls[0]?.url ?? '')
      secrets.set('the signature of a URL', url.searchParams.get('signature') ?? '')
      expect((await fetch(url)).status).toBe(200)
      url.searchParams.set('expires', '1')
      expect((await fetch(url)).status).toBe(403)

      const selfie = race.selfies.values().next().value!
      await client.searchSelfie(eventId, selfie)
      const form = new FormData()
      form.append('file', new Blob([Uint8Array.from(selfie)]), 'selfie.jpg')
      await client.ask('POST', `manage:/event/${eventId}/hidings/by-selfie`, { body: form })
      await client.waitIdle(eventId)
      secrets.set('what stands in the environment', database)
      secrets.set('the secret of a store', 'not-used-without-a-bucket')
    } finally {
      await system.stop()
      logs = system.stderr()
      await removeFolder(folder)
    }
    // The test looks at something.
    expect(logs).toMatch(/"route":"[^"]*faces"/)
    expect(logs).toContain('photos.prepare')
    const found = [...secrets].filter(([, secret]) => secret === '' || logs.includes(secret))
    expect(found.map(([what]) => what)).toEqual([])
    // A face is 128 numbers, as text or as bytes.
    expect(logs).not.toMatch(/(-?\d\.\d+(e-\d+)?,\s*){16}/)
    expect(logs).not.toMatch(/(\d{1,3},\s*){64}/)
    expect(logs).not.toMatch(/[A-Za-z0-9+/]{400}|[0-9a-f]{400}/)
  },
  LIMIT,
)
