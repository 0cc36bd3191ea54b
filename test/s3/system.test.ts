import { expect, test } from 'vitest'
import { addEvent, EXT, jpeg, MANAGE, startSystem, upload } from '../test-deps.ts'
import { describeOnSwift, newSettings } from './test-store.ts'

describeOnSwift('the whole system on S3', () => {
  test('photos are taken in, stamped, shown, downloaded from the store itself, and erased', async () => {
    const { credentials, ...s3 } = newSettings()
    const system = await startSystem(
      {},
      {
        s3,
        secrets: { databaseUrl: undefined, apiKey: undefined, s3: credentials },
      },
    )
    const { ok, call, context } = system
    const eventId = await addEvent(system)
    const original = await jpeg()
    const [photo, second] = await upload(
      system,
      eventId,
      ['Läufer 1.jpg', original],
      ['b.jpg', await jpeg()],
      ['a.txt', Buffer.from('no photo')],
      ['again.jpg', original],
    )
    expect(photo?.status).toBe('stored')
    const keys = () => Array.fromAsync(context.store.list(`events/${eventId}`))
    expect(await keys()).toHaveLength(2 * 3) // an original and two previews each

    const { images } = await ok('GET', `${EXT}/event/${eventId}/images`)
    expect(images).toHaveLength(2)
    const path = new URL(images[0].img_url, 'http://localhost')
    const preview = await call('GET', path.pathname + path.search)
    expect([preview.status, preview.headers['content-type']]).toEqual([200, 'image/jpeg'])
    expect(preview.bytes.equals(original)).toBe(false)

    const { presigned_urls } = await ok('POST', `${EXT}/event/${eventId}/original-photos`, {
      json: { method: 'image_id', identifier: photo?.image_id },
    })
    const [{ url, filename }] = presigned_urls
    expect(new URL(url).origin).toBe(s3.endpoint)
    expect(filename).toBe('Läufer 1.jpg')
    const download = await fetch(url)
    expect(Buffer.from(await download.arrayBuffer()).equals(original)).toBe(true)

    await ok('DELETE', `${MANAGE}/event/${eventId}/photos/${second?.image_id}`)
    await expect.poll(keys).toHaveLength(3)
    await ok('DELETE', `${MANAGE}/event/${eventId}`)
    await expect.poll(keys).toEqual([])
    expect((await fetch(url)).status).toBe(404)
  })
})
