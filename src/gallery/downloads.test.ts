import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, startSystem, upload } from '../../test/test-deps.ts'
import { deleteExpiredDownloads } from './download-queries.ts'

const system = await startSystem({
  bibReader: async () => [
    { text: '4711', fullText: '4711', kind: 'digits', score: 0.99, box: [10, 100, 60, 30] },
  ],
})
const { app, call, context, ok, folder } = system
await app.listen({ host: '127.0.0.1', port: 0 })
const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
const GALLERY = '/api/v1/gallery'

let made = 0
async function addGallery(settings: object = {}) {
  const slug = `down-${++made}`
  const eventId = await addEvent(system, { event_slug: slug, visibility: 'public', ...settings })
  return { slug, eventId }
}
async function addPhotos(eventId: number, ...names: string[]) {
  const files = await Promise.all(
    names.map(async (name) => [name, await jpeg()] as [string, Buffer]),
  )
  const photos = await upload(system, eventId, ...files)
  return { ids: photos.map(({ image_id }) => image_id), bytes: files.map(([, bytes]) => bytes) }
}
const wish = (slug: string, json: object) =>
  call('POST', `${GALLERY}/${slug}/downloads`, { key: null, json })
async function ask(slug: string, json: object) {
  const { status, body } = await wish(slug, json)
  expect([status, body.message]).toEqual([200, 'The download is ready'])
  return body.data as { url: string; photos: number; bytes: number; expires_at: string }
}
const refusal = ({ status, headers }: { status: number; headers: Record<string, unknown> }) => [
  status,
  headers['x-error-code'],
]
const get = (path: string) => call('GET', path, { key: null })

/** The files of a ZIP as another program reads them; undefined where it is not installed. */
async function unzip(zip: Buffer): Promise<Map<string, string> | undefined> {
  const path = join(folder, `${++made}.zip`)
  await writeFile(path, zip)
  const script = `import zipfile,sys,json,base64
z=zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({n: base64.b64encode(z.read(n)).decode() for n in z.namelist()}))`
  const found = await promisify(execFile)('python3', ['-c', script, path], {
    maxBuffer: 1e8,
  }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  })
  return found && new Map(Object.entries(JSON.parse(found.stdout)))
}

test('one original: its own bytes under its own name, by a URL that ends', async () => {
  const { slug, eventId } = await addGallery()
  const { ids, bytes } = await addPhotos(eventId, 'Zieleinlauf é.jpg')
  const answer = await get(`${GALLERY}/${slug}/photos/${ids[0]}/original`)
  expect(answer.status).toBe(302)
  const original = await get(String(answer.headers.location))
  expect(original.bytes.equals(bytes[0]!)).toBe(true)
  expect(original.headers['content-disposition']).toMatch(/^attachment; .*Zieleinlauf/)
  const other = await addGallery()
  expect(refusal(await get(`${GALLERY}/${other.slug}/photos/${ids[0]}/original`))).toEqual([
    404,
    'photo_not_found',
  ])
})

test('many originals as one ZIP whose size was told, names made unique', async ({ skip }) => {
  const { slug, eventId } = await addGallery()
  const { ids, bytes } = await addPhotos(eventId, 'a.jpg', 'b.jpg', 'A.JPG')
  const foreign = (await addPhotos((await addGallery()).eventId, 'foreign.jpg')).ids
  const asked = await ask(slug, { photo_ids: [...ids, ...foreign] })
  expect(asked.photos).toBe(3)
  expect(Date.parse(asked.expires_at)).toBeGreaterThan(Date.now() + 3_500_000)
  const answer = await fetch(base + asked.url)
  const zip = Buffer.from(await answer.arrayBuffer())
  expect(answer.headers.get('content-type')).toBe('application/zip')
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=${slug}.zip`)
  expect([Number(answer.headers.get('content-length')), zip.length]).toEqual([
    asked.bytes,
    asked.bytes,
  ])
  const files = await unzip(zip)
  if (!files) skip('python3 is not installed')
  expect([...files!.keys()]).toEqual(['a.jpg', 'b.jpg', 'A (2).JPG'])
  expect([...files!.values()]).toEqual(bytes.map((body) => body.toString('base64')))
})

test('a HEAD tells the size and reads nothing', async () => {
  const { slug, eventId } = await addGallery()
  const asked = await ask(slug, { photo_ids: (await addPhotos(eventId, 'a.jpg')).ids })
  const answer = await fetch(base + asked.url, { method: 'HEAD' })
  expect(Number(answer.headers.get('content-length'))).toBe(asked.bytes)
})

test('all photos of a bib', async () => {
  const { slug, eventId } = await addGallery()
  await addPhotos(eventId, 'a.jpg', 'b.jpg')
  expect((await ask(slug, { bib: '04711' })).photos).toBe(2)
  expect(refusal(await wish(slug, { bib: '99' }))).toEqual([404, 'photo_not_found'])
  await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { bib_search: false } })
  expect(refusal(await wish(slug, { bib: '4711' }))).toEqual([403, 'feature_disabled'])
})

test('a download belongs to its event, ends, and is cleared away', async () => {
  const { slug, eventId } = await addGallery()
  const other = await addGallery()
  const { url } = await ask(slug, { photo_ids: (await addPhotos(eventId, 'a.jpg')).ids })
  expect(refusal(await get(url.replace(slug, other.slug)))).toEqual([404, 'download_not_found'])
  expect(refusal(await get(`${url}x`))).toEqual([404, 'download_not_found'])
  await context.pool.query(`update gallery_download set expires_at = now()`)
  expect(refusal(await get(url))).toEqual([404, 'download_not_found'])
  await deleteExpiredDownloads(context.db)
  expect((await context.pool.query('select from gallery_download')).rows).toEqual([])
})

test('photos deleted meanwhile are left out', async () => {
  const { slug, eventId } = await addGallery()
  const { ids } = await addPhotos(eventId, 'a.jpg', 'b.jpg')
  const { url, bytes } = await ask(slug, { photo_ids: ids })
  await ok('DELETE', `${MANAGE}/event/${eventId}/photos/${ids[0]}`)
  const answer = await fetch(base + url)
  expect((await answer.arrayBuffer()).byteLength).toBeLessThan(bytes)
})

test('where originals are not given, there is neither one nor many, also by earlier URLs', async () => {
  const { slug, eventId } = await addGallery()
  const { ids } = await addPhotos(eventId, 'a.jpg')
  const { url } = await ask(slug, { photo_ids: ids })
  await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { gallery_downloads: false } })
  const off = [403, 'gallery_downloads_off']
  expect(refusal(await get(`${GALLERY}/${slug}/photos/${ids[0]}/original`))).toEqual(off)
  expect(refusal(await wish(slug, { photo_ids: ids }))).toEqual(off)
  expect(refusal(await get(url))).toEqual(off)
  expect((await get(`${GALLERY}/${slug}`)).body.data.downloads).toBe(false)
})

test('wishes that name nothing, or in two ways, are refused', async () => {
  const { slug } = await addGallery()
  for (const json of [{}, { photo_ids: [] }, { photo_ids: ['x'] }, { bib: '1', result: 'x' }])
    expect((await wish(slug, json)).status).toBe(422)
  expect(refusal(await wish(slug, { result: 'nonsense' }))).toEqual([404, 'result_not_found'])
})

test('an original that is not in the store breaks the download instead of shortening it', async () => {
  const { slug, eventId } = await addGallery()
  const { ids } = await addPhotos(eventId, 'a.jpg', 'b.jpg')
  const { url } = await ask(slug, { photo_ids: ids })
  const { rows } = await context.pool.query('select original_key from photo where id = $1', [
    ids[1],
  ])
  await context.store.remove(rows[0].original_key)
  await expect(fetch(base + url).then((answer) => answer.arrayBuffer())).rejects.toThrow()
  expect((await fetch(`${base}/healthz`)).status).toBe(200)
})

test('a client that goes away has its files closed', async () => {
  const { slug, eventId } = await addGallery()
  const noise = await sharp({
    create: {
      width: 1200,
      height: 1100,
      channels: 3,
      background: 'white',
      noise: { type: 'gaussian', mean: 128, sigma: 80 },
    },
  })
    .png({ compressionLevel: 0 })
    .toBuffer()
  const photos = await upload(system, eventId, ['a.png', noise])
  const { url, bytes } = await ask(slug, { photo_ids: photos.map(({ image_id }) => image_id) })
  expect(bytes).toBeGreaterThan(3_500_000)
  const opened: { destroyed: boolean }[] = []
  const { open } = context.store
  context.store.open = async (...args) => {
    const stream = await open(...args)
    if (stream) opened.push(stream)
    return stream
  }
  try {
    await new Promise<void>((resolve, reject) => {
      const asked = request(base + url, (answer) => {
        let received = 0
        answer.on('data', (chunk: Buffer) => {
          received += chunk.length
          if (received < 100_000) return
          asked.destroy()
          resolve()
        })
      })
      asked.on('error', reject)
      asked.end()
    })
    for (let tries = 0; tries < 1500 && !opened.every(({ destroyed }) => destroyed); tries++)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true])
  } finally {
    context.store.open = open
  }
})
