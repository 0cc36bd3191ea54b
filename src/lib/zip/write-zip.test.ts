import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { safeNames } from './safe-names.ts'
import { writeZip, type ZipFile, zipLength } from './write-zip.ts'

const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'trackside-zip-'))
afterAll(() => rm(folder, { recursive: true }))

const fileOf = (name: string, body: string | Buffer): ZipFile => ({
  name,
  bytes: Buffer.byteLength(body),
  wallTime: '2026-06-06T09:41:20',
  open: async () => Readable.from([Buffer.from(body)]),
})

/** Another program's word: whether Python reads the ZIP; undefined where there is no Python. */
async function readByPython(path: string, script: string): Promise<string | undefined> {
  const found = await run('python3', [
    '-c',
    `import zipfile,sys\nz=zipfile.ZipFile(sys.argv[1])\n${script}`,
    path,
  ]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  })
  return found?.stdout.trim()
}

test('another program reads the files, their names, times and sizes, and finds no fault', async ({
  skip,
}) => {
  const files = [
    fileOf('a.jpg', 'first'),
    fileOf('Zieleinlauf für José.jpg', Buffer.alloc(300_000, 'x')),
    fileOf('empty.txt', ''),
  ]
  const zip = await buffer(Readable.from(writeZip(files)))
  expect(zip.length).toBe(zipLength(files))
  const path = join(folder, 'small.zip')
  await writeFile(path, zip)
  const told = await readByPython(
    path,
    'print(z.testzip(), [(i.filename, i.file_size, i.date_time) for i in z.infolist()], z.read("a.jpg"))',
  )
  if (told === undefined) skip('python3 is not installed')
  expect(told).toBe(
    `None [('a.jpg', 5, (2026, 6, 6, 9, 41, 20)), ('Zieleinlauf für José.jpg', 300000, (2026, 6, 6, 9, 41, 20)), ('empty.txt', 0, (2026, 6, 6, 9, 41, 20))] b'first'`,
  )
})

test('a ZIP of nothing is one', async () => {
  const zip = await buffer(Readable.from(writeZip([])))
  expect(zip.toString('hex')).toBe(`504b0506${'00'.repeat(18)}`)
  expect(zipLength([])).toBe(22)
})

test('files beyond 4 GiB, and what lies behind them, are read by others', {
  timeout: 180_000,
}, async ({ skip }) => {
  const bytes = 2 ** 32 + 1000
  const piece = Buffer.alloc(2 ** 20)
  const big: ZipFile = {
    ...fileOf('big.bin', ''),
    bytes,
    open: async () =>
      Readable.from(
        (function* () {
          for (let left = bytes; left > 0; left -= piece.length)
            yield left < piece.length ? piece.subarray(0, left) : piece
        })(),
      ),
  }
  const files = [fileOf('first.txt', 'first'), big, fileOf('last.txt', 'behind four gigabytes')]
  // Written with holes where the zeros are: 4 GiB that take no place.
  const path = join(folder, 'big.zip')
  const handle = await open(path, 'w')
  let at = 0
  let peak = 0
  for await (const chunk of writeZip(files)) {
    if (chunk.length < piece.length) await handle.write(chunk, 0, chunk.length, at)
    at += chunk.length
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  await handle.close()
  expect(at).toBe(zipLength(files))
  const told = await readByPython(
    path,
    'print([(i.filename, i.file_size) for i in z.infolist()], z.read("first.txt"), z.read("last.txt"))',
  )
  if (told === undefined) skip('python3 is not installed')
  expect(told).toBe(
    `[('first.txt', 5), ('big.bin', ${bytes}), ('last.txt', 21)] b'first' b'behind four gigabytes'`,
  )
  expect(peak).toBeLessThan(700e6)
})

test('more files than 65,535 are read by others', { timeout: 120_000 }, async ({ skip }) => {
  const files = Array.from({ length: 70_000 }, (_, i) => fileOf(`${i}.txt`, String(i)))
  const path = join(folder, 'many.zip')
  const zip = Buffer.concat(await Array.fromAsync(writeZip(files)))
  expect(zip.length).toBe(zipLength(files))
  await writeFile(path, zip)
  const told = await readByPython(path, 'print(len(z.infolist()), z.read("69999.txt"))')
  if (told === undefined) skip('python3 is not installed')
  expect(told).toBe(`70000 b'69999'`)
})

test('a file that is longer or shorter than announced breaks the ZIP, loudly', async () => {
  for (const bytes of [4, 6]) {
    const zip = buffer(Readable.from(writeZip([{ ...fileOf('a.txt', 'first'), bytes }])))
    await expect(zip).rejects.toThrow(/a\.txt has not the/)
  }
})

test('who stops reading has the open file closed and no further one opened', async () => {
  const endless = new Readable({ read: () => endless.push(Buffer.alloc(65_536)) })
  let opened = 0
  const files = [
    { ...fileOf('a', ''), bytes: 1e12, open: async () => endless },
    {
      ...fileOf('b', ''),
      open: async () => {
        opened += 1
        return Readable.from([])
      },
    },
  ]
  const abort = new AbortController()
  let received = 0
  const reading = pipeline(
    Readable.from(writeZip(files)),
    async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) {
        received += chunk.length
        if (received > 1e6) abort.abort()
      }
    },
    { signal: abort.signal },
  )
  await expect(reading).rejects.toThrow(/abort/i)
  await expect.poll(() => [endless.destroyed, opened]).toEqual([true, 0])
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\a\\b.jpg', 'b.jpg'],
  ['/abs.jpg', 'abs.jpg'],
  ['..', 'photo'],
  ['', 'photo'],
  ['.hidden.jpg', 'hidden.jpg'],
  ['a\u0000b\n.jpg', 'a_b_.jpg'],
  ['gpj.\u202eexe', 'gpj._exe'],
  ['what?.jpg', 'what_.jpg'],
  ['CON.jpg', '_CON.jpg'],
  ['nul', '_nul'],
  ['trailing. ', 'trailing'],
  ['Übersicht é.JPG', 'Übersicht é.JPG'],
  [`${'x'.repeat(300)}.jpeg`, `${'x'.repeat(120)}.jpeg`],
])('%j becomes %j', (name, safe) => {
  expect(safeNames([name])).toEqual([safe])
})

test('no two names are alike, also where capitals make no difference', () => {
  expect(safeNames(['a.jpg', 'A.JPG', 'a (2).jpg', 'x/a.jpg', 'a.jpg'])).toEqual([
    'a.jpg',
    'A (2).JPG',
    'a (2) (2).jpg',
    'a (3).jpg',
    'a (4).jpg',
  ])
  const many = safeNames(Array.from({ length: 5000 }, () => 'IMG_0001.JPG'))
  expect(new Set(many).size).toBe(5000)
})
