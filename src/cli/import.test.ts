import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { createPool, openDb } from '../db/connect.ts'
import { createEvent } from '../events/index.ts'
import { sharp } from '../media/sharp.ts'
import { type Database, openDatabase } from './open-database.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let folder: string
let photos: string
let env: NodeJS.ProcessEnv
let database: Database
let pool: pg.Pool
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(await realpath(tmpdir()), 'cli-import-'))
  env = { TRACKSIDE_DATA: path.join(folder, 'data'), LOG_LEVEL: 'warn' }
  database = await openDatabase(readConfig(env))
  pool = createPool(database.connection)
  photos = path.join(folder, 'photos')
  await mkdir(path.join(photos, 'camera 2'), { recursive: true })
  await writeFile(path.join(photos, 'IMG_1.jpg'), await picture('red'))
  await writeFile(path.join(photos, 'IMG_1 copy.jpg'), await picture('red'))
  await writeFile(path.join(photos, 'camera 2', 'IMG_1.JPG'), await picture('blue'))
  await writeFile(path.join(photos, 'text.jpg'), 'hello')
  await writeFile(path.join(photos, 'empty.jpg'), '')
  await writeFile(path.join(photos, 'IMG_1.xmp'), '<x/>')
  // Whether it can be decoded is found out later, by the probe.
  await writeFile(path.join(photos, 'camera 2', 'finish.mp4'), videoHead())
  await writeFile(path.join(photos, 'playlist.mov'), '#EXTM3U')
})

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await pool?.end()
  await database?.leave()
  await rm(folder, { recursive: true, force: true })
})

test('a folder is imported once: bad files are told and do not stop it, the second time all are there', async () => {
  const event = await newEvent()
  const first = await trackside('import', photos, '--event', event, '--json')
  expect(JSON.parse(first.stdout)).toEqual({ stored: 3, duplicates: 1, rejected: 3 })
  expect(first.stderr).toContain('5 photos, 2 videos')
  expect(first.stderr).toMatch(/rejected .*playlist\.mov: The file is not a video/)
  expect(first.stderr).toMatch(/rejected .*text\.jpg: The file is not a photo/)
  expect(first.stderr).toMatch(/rejected .*empty\.jpg: The file is empty/)
  expect(first.stderr).toContain('1 other file left out (1 xmp)')

  const second = await trackside('import', photos, '--event', event)
  expect(second.stdout).toContain('0 stored, 7 there already, 0 rejected')
}, 60_000)

test.each(['import', 'watch'])(
  '%s tells an event that does not exist before any file is looked for, with how to make one',
  async (command) => {
    const failed = trackside(command, path.join(folder, 'no such folder'), '--event', '999')
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no event 999. "trackside events list" shows'),
    })
  },
)

test('watch ends where the folder never was, or where files would be moved to where they are', async () => {
  const event = await newEvent()
  const missing = path.join(folder, 'no such folder')
  await expect(trackside('watch', missing, '--event', event)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${missing} cannot be read: it does not exist`),
  })
  await expect(
    trackside('watch', photos, '--event', event, '--move-to', photos),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--move-to must be another folder than the watched one.'),
  })
}, 30_000)

test('a watched folder gives each photo once it is whole, and finished ones are moved away', async () => {
  const event = await newEvent()
  const incoming = path.join(folder, 'incoming')
  const done = path.join(incoming, 'done')
  await mkdir(incoming)
  const watching = watch(incoming, '--event', event, '--settle', '8', '--move-to', done)
  await watching.says('Watching')

  const whole = await picture('green')
  const growing = path.join(incoming, 'growing.jpg')
  await writeFile(growing, whole.subarray(0, 100))
  await writeFile(path.join(incoming, 'text.jpg'), 'hello')
  await writeFile(path.join(incoming, 'finish.MP4'), videoHead())
  await sleep(2200) // longer than from one look to the next, shorter than it takes to settle
  await appendFile(growing, whole.subarray(100))
  await watching.says('stored     growing.jpg')
  await watching.says('rejected   text.jpg: The file is not a photo')
  await watching.says('stored     finish.MP4')
  await writeFile(path.join(incoming, 'again.jpg'), whole)
  await watching.says('duplicate  again.jpg')
  await sleep(1500)

  expect((await readdir(done)).sort()).toEqual(['again.jpg', 'finish.MP4', 'growing.jpg'])
  expect(await readdir(incoming)).toEqual(['done', 'text.jpg'])
  watching.child.kill('SIGINT')
  expect(await once(watching.child, 'exit')).toEqual([0, null])
  expect(watching.output().match(/growing|text/g)).toHaveLength(2)
}, 60_000)

const trackside = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], { env })

async function newEvent(): Promise<string> {
  const wish = { orgId: 1, event_name: 'Test', timezone: 'UTC' }
  return String((await createEvent({ db: openDb(pool) }, wish)).id)
}

function watch(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'watch', ...args], { env })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  const says = async (line: string) => {
    await expect.poll(() => output, { interval: 50 }).toContain(line)
  }
  return { child, says, output: () => output }
}

const picture = (background: string) =>
  sharp({ create: { width: 120, height: 80, channels: 3, background } })
    .jpeg()
    .toBuffer()

const videoHead = () => Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1')
