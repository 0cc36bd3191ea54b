import sharp from 'sharp'
import { expect, test } from 'vitest'
import {
  addEvent,
  EXT,
  jpeg,
  MANAGE,
  startSystem,
  type TestSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'

let looks = 0
const system: TestSystem = await startSystem({
  bibReader: async () => {
    looks += 1
    return []
  },
})
const { ok, call } = system

const svg = (colour: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 500"><rect width="500" height="500" fill="${colour}" fill-opacity="0.7"/></svg>`,
  )
const setArt = (event: number, colour: string, query = '') =>
  ok('PUT', `${MANAGE}/event/${event}/watermark${query}`, {
    body: svg(colour),
    type: 'image/svg+xml',
  })
const pathOf = (url: string) => url.replace(/^https?:\/\/[^/]+/, '')
const images = async (
  event: number,
): Promise<{ image_id: string; img_url: string; width: number }[]> =>
  (await ok('GET', `${EXT}/event/${event}/images`)).images
const colourOf = async (url: string) => {
  const { bytes } = await call('GET', pathOf(url), { key: null })
  const { channels } = await sharp(bytes).stats()
  const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean)
  return red > green && red > blue ? 'red' : green > blue ? 'green' : 'blue'
}

test('new art is stamped from the originals without recognition, under a new URL, and the old preview is gone', async () => {
  const event = await addEvent(system)
  await upload(system, event, ['a.jpg', await jpeg()])
  const [before] = await images(event)
  expect(await colourOf(before?.img_url ?? '')).toBe('blue')
  looks = 0

  await setArt(event, 'red')
  await untilIdle(system, event)
  const [after] = await images(event)
  expect(after?.img_url).not.toBe(before?.img_url)
  expect(await colourOf(after?.img_url ?? '')).toBe('red')
  expect(looks).toBe(0)

  const stale = await call('GET', pathOf(before?.img_url ?? ''), { key: null })
  expect(stale.headers['cache-control']).toBe('no-cache')
  expect(await colourOf(before?.img_url ?? '')).toBe('red')
  const kept = await Array.fromAsync(system.context.store.list(`events/${event}/previews`))
  expect(kept).toHaveLength(2)
})

test('portrait and landscape photos carry their own art', async () => {
  const event = await addEvent(system)
  await setArt(event, 'red', '?orientation=landscape')
  await setArt(event, 'lime', '?orientation=portrait')
  await upload(
    system,
    event,
    ['wide.jpg', await jpeg()],
    ['tall.jpg', await jpeg({ width: 480, height: 640 })],
  )
  for (const { img_url, width } of await images(event))
    expect(await colourOf(img_url)).toBe(width === 640 ? 'red' : 'green')
})

test('a preview is cached for a while by its version, asked for again without, and answers ranges and conditions', async () => {
  const event = await addEvent(system)
  await upload(system, event, ['a.jpg', await jpeg()])
  const [image] = await images(event)
  const path = pathOf(image?.img_url ?? '')
  const get = (url: string, headers = {}) => system.app.inject({ url, headers })

  const whole = await get(path)
  expect(whole.headers).toMatchObject({
    'content-type': 'image/jpeg',
    'cache-control': 'public, max-age=86400, s-maxage=3600',
    'accept-ranges': 'bytes',
  })
  const etag = whole.headers.etag as string
  expect(etag).toMatch(/^"[^"]+"$/)
  expect((await get(path, { 'if-none-match': etag })).statusCode).toBe(304)
  const part = await get(path, { range: 'bytes=10-19' })
  expect([part.statusCode, part.headers['content-range']]).toEqual([
    206,
    `bytes 10-19/${whole.rawPayload.length}`,
  ])
  expect(part.rawPayload).toEqual(whole.rawPayload.subarray(10, 20))
  expect((await get(path, { range: 'bytes=99999999-' })).statusCode).toBe(416)
  expect((await get(path.split('?')[0] ?? '')).headers['cache-control']).toBe('no-cache')
  const { exif, xmp, iptc, icc } = await sharp(whole.rawPayload).metadata()
  expect([exif, xmp, iptc, icc]).toEqual([undefined, undefined, undefined, undefined])
})

test('a renamed event gets its new name stamped, unless it has art', async () => {
  const event = await addEvent(system)
  await upload(system, event, ['a.jpg', await jpeg()])
  const [before] = await images(event)
  await ok('PATCH', `${MANAGE}/event/${event}`, { json: { event_name: 'Another Run' } })
  await untilIdle(system, event)
  expect((await images(event))[0]?.img_url).not.toBe(before?.img_url)
})

test('art that scripts is refused and the mark stays', async () => {
  const event = await addEvent(system)
  const evil = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  const answer = await call('PUT', `${MANAGE}/event/${event}/watermark`, {
    body: Buffer.from(evil),
    type: 'image/svg+xml',
  })
  expect([answer.status, answer.headers['x-error-code']]).toEqual([422, 'watermark_invalid'])
})
