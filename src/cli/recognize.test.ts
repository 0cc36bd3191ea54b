import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharp } from '../media/sharp.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let folder: string
const inFolder = (name: string) => path.join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cli-recognize-'))
  // A plain clock in both; one camera also says how far it is from UTC.
  const clock = { DateTimeOriginal: '2026:05:10 09:12:33' }
  await drawBib('4721', { IFD2: { ...clock, OffsetTimeOriginal: '+02:00' } }, inFolder('a.jpg'))
  await drawBib('386', { IFD2: clock }, inFolder('b.jpg'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('each picture gives a line in the order given; one that fails does not stop the others', async () => {
  const files = ['b.jpg', 'missing.jpg', 'a.jpg'].map(inFolder)
  const { code, stdout, stderr } = await recognize('--json', ...files)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toEqual([
    picture({ file: files[0], captured_at: '2026-05-10T09:12:33', bib: '386' }),
    { file: files[1], error: 'it does not exist', bibs: [], faces: [] },
    picture({ file: files[2], captured_at: '2026-05-10T07:12:33.000Z', bib: '4721' }),
  ])
  const [x, y, width, height] = lines[0].bibs[0].box
  expect(x).toBeGreaterThan(100)
  expect(x + width).toBeLessThan(700)
  expect(y).toBeGreaterThan(200)
  expect(y + height).toBeLessThan(400)
  expect(stderr).toContain('missing.jpg: it does not exist')
  expect(code).toBe(1)
}, 60_000)

test('a start list narrows the bibs, and its unusable rows are told', async () => {
  await writeFile(inFolder('list.csv'), 'bib,name\n9999,Ada\n,Bob\n')
  const { code, stdout, stderr } = await recognize(
    '--start-list',
    inFolder('list.csv'),
    inFolder('a.jpg'),
  )
  expect(stdout).toMatch(/a\.jpg {2}800 × 600 {2}2026-05-10T07:12:33\.000Z {2}no bib {2}0 faces/)
  expect(stderr).toContain('line 3, left out: the bib is empty')
  expect(code).toBe(0)
}, 60_000)

const picture = ({
  bib,
  ...rest
}: {
  file: string | undefined
  captured_at: string
  bib: string
}) => ({
  ...rest,
  width: 800,
  height: 600,
  bibs: [{ bib, score: expect.any(Number), box: Array(4).fill(expect.any(Number)) }],
  faces: [],
})

function recognize(...args: string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'recognize', ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

async function drawBib(bib: string, exif: Record<string, Record<string, string>>, file: string) {
  const svg = `<svg width="800" height="600"><rect width="800" height="600" fill="#567"/>
    <rect x="180" y="180" width="440" height="240" fill="#fff"/>
    <text x="400" y="345" font-family="sans-serif" font-weight="bold" font-size="130" text-anchor="middle">${bib}</text></svg>`
  await sharp(Buffer.from(svg)).withExif(exif).jpeg().toFile(file)
}
