import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createServer } from './server.ts'
import { readWebPages, webAssetsPlugin } from './web-pages.ts'

const HTML = '<!doctype html><html><head><title>Hello</title></head><body></body></html>'
const SCRIPT = 'console.log(1)'
const folder = await mkdtemp(join(tmpdir(), 'trackside wäb 100% #'))
await writeFile(
  join(folder, 'drawn.html'),
  '<html><body><script>draw()</script><script type="module" src="/a.js"></script></body></html>',
)
await mkdir(join(folder, 'assets'))
await writeFile(join(folder, 'hello.html'), HTML)
await writeFile(join(folder, 'assets', 'a-1234.js'), SCRIPT)
await writeFile(join(folder, 'assets', 'a-1234.js.gz'), gzipSync(SCRIPT))
const pages = readWebPages(pathToFileURL(`${folder}/`))
const app = createServer(pino({ level: 'silent' }))
await app.register(webAssetsPlugin(pages))
app.get('/hello', async (request, reply) => pages.send({ request, reply }, 'hello'))
app.get('/more', async (request, reply) =>
  pages.send({ request, reply }, 'hello', {
    head: '<meta name="price" content="$& $1">',
    status: 404,
  }),
)
app.get('/drawn', async (request, reply) => pages.send({ request, reply }, 'drawn'))
app.get('/none', async (request, reply) => pages.send({ request, reply }, 'none'))
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

test('a script that the build put into a page may run, by its hash; one that is put in later may not', async () => {
  const { headers } = await app.inject('/drawn')
  const hash = createHash('sha256').update('draw()').digest('base64')
  expect(headers['content-security-policy']).toContain(`script-src 'self' 'sha256-${hash}';`)
})

test('a page comes with a policy that lets our own files alone run, and is asked for again each time', async () => {
  const page = await app.inject('/hello')
  expect([page.statusCode, page.body]).toEqual([200, HTML])
  expect(page.headers['content-security-policy']).toContain("script-src 'self';")
  expect(page.headers['cache-control']).toBe('no-cache')
  const again = await app.inject({ url: '/hello', headers: { 'if-none-match': page.headers.etag } })
  expect([again.statusCode, again.body]).toEqual([304, ''])
})

test('what is put into the head is put there as it is, and changes the tag', async () => {
  const [plain, more] = [await app.inject('/hello'), await app.inject('/more')]
  expect(more.statusCode).toBe(404)
  expect(more.body).toBe(
    HTML.replace('</head>', () => '<meta name="price" content="$& $1"></head>'),
  )
  expect(more.headers.etag).not.toBe(plain.headers.etag)
})

test('hashed files are kept for good and come compressed to those who can take it', async () => {
  const get = (encoding: string) =>
    app.inject({ url: '/assets/a-1234.js', headers: { 'accept-encoding': encoding } })
  const packed = await get('br, gzip')
  expect(packed.headers['content-encoding']).toBe('gzip')
  expect(packed.headers['cache-control']).toContain('immutable')
  expect(String(gunzipSync(packed.rawPayload))).toBe(SCRIPT)
  for (const encoding of ['', 'identity', 'gzip;q=0'])
    expect((await get(encoding)).body).toBe(SCRIPT)
})

test('nothing but built files is served, and a page that is not built says what to do', async () => {
  for (const path of ['hello.html', '..%2fhello.html', 'none.js', 'a-1234.js.gz'])
    expect((await app.inject(`/assets/${path}`)).statusCode).toBe(404)
  const none = await app.inject('/none')
  expect([none.statusCode, none.headers['x-error-code']]).toEqual([503, 'page_not_built'])
  expect(none.json().message).toContain('npm run web')
})
