import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { MANAGE, startSystem, untilIdle } from '../../test/test-deps.ts'
import { hasFfmpeg } from '../../test/videos.ts'
import {
  FPS,
  firstNumber,
  makeNumberedVideo,
  squareRecognition,
} from '../../test/web/numbered-video.ts'
import { addClipEvent, cutByTime, PATIENCE_MS, probe, uploadVideo } from './clips.fixture.ts'

const run = promisify(execFile)

/** Not at a keyframe: those are at even seconds. */
const START = 3.48
const SECONDS = 5
const RECORDED_AT = new Date(Date.parse('2026-06-14T08:00:00Z') - START * 1000)
const NOTHING_ELSE = { preview: false, strict: false, watermark: false }

describe.skipIf(!hasFfmpeg)('the files of clips', async () => {
  if (!hasFfmpeg) return
  const system = await startSystem(squareRecognition)
  const { ok, call, folder } = system
  let eventId: number
  let videoId: string
  let saved = 0

  beforeAll(async () => {
    eventId = await addClipEvent(system)
    const file = join(folder, 'numbered.mp4')
    await makeNumberedVideo(file, 12)
    videoId = await uploadVideo(system, eventId, {
      file,
      name: 'numbered.mp4',
      recordedAt: RECORDED_AT,
    })
    await untilIdle(system, eventId, PATIENCE_MS)
  }, PATIENCE_MS)

  /** The clip of five seconds, cut by the event's rules. */
  async function cut(motion: object) {
    await ok('PATCH', `${MANAGE}/event/${eventId}`, {
      json: { motion: { ...NOTHING_ELSE, ...motion } },
    })
    const from = RECORDED_AT.valueOf() / 1000 + START
    return cutByTime(system, eventId, { from, to: from + SECONDS })
  }

  const pathOf = (url: string) => new URL(url).pathname + new URL(url).search
  async function save(url: string): Promise<string> {
    const { status, headers, bytes } = await call('GET', pathOf(url), { key: null })
    expect([status, headers['content-type']]).toEqual([200, 'video/mp4'])
    const file = join(folder, `saved-${++saved}.mp4`)
    await writeFile(file, bytes)
    return file
  }

  const hasSound = async (file: string) =>
    (await probe(file, '-show_entries', 'stream=codec_type')).includes('audio')

  /** Pictures in the file, hidden ones too. */
  const picturesIn = async (file: string) =>
    Number(
      await probe(
        file,
        ...['-ignore_editlist', '1', '-count_packets', '-select_streams', 'v:0'],
        ...['-show_entries', 'stream=nb_read_packets'],
      ),
    )

  async function pixelsAt(file: string, seconds: number): Promise<Buffer> {
    const args = ['-v', 'error', '-ss', String(seconds), '-i', file, '-frames:v', '1']
    const raw = ['-vf', 'scale=640:360,format=gray', '-f', 'rawvideo', 'pipe:1']
    return (await run('ffmpeg', [...args, ...raw], { encoding: 'buffer', maxBuffer: 2 ** 24 }))
      .stdout
  }

  test(
    'an event that wishes for previews gives three silent seconds of the middle of each clip beside it',
    async () => {
      const clip = await cut({ preview: true })
      const [whole, preview] = [await save(clip.clip_url), await save(clip.preview_url)]
      expect(Number(await probe(preview, '-show_entries', 'format=duration'))).toBeCloseTo(3, 1)
      expect(await probe(preview, '-show_entries', 'stream=width')).toBe('320')
      expect([await hasSound(whole), await hasSound(preview)]).toEqual([true, false])
      const middle = (START + (SECONDS - 3) / 2) * FPS
      expect(Math.abs((await firstNumber(preview)) - middle)).toBeLessThanOrEqual(2) // 15 a second
      expect(await firstNumber(whole)).toBe(START * FPS)
    },
    PATIENCE_MS,
  )

  test(
    'without the wish there is none, and the URL of one leads nowhere',
    async () => {
      const clip = await cut({})
      expect(clip.preview_url).toBeNull()
      expect(await firstNumber(await save(clip.clip_url))).toBe(START * FPS)
      const other = pathOf(clip.clip_url).replace('.mp4?', '.preview.mp4?')
      expect((await call('GET', other, { key: null })).status).toBe(403)
    },
    PATIENCE_MS,
  )

  test(
    'an event that forbids lead-in gets clips that hold the pictures of their window only',
    async () => {
      const copied = await save((await cut({})).clip_url)
      const strict = await save((await cut({ strict: true })).clip_url)
      // From the keyframe at two seconds on.
      expect(await picturesIn(copied)).toBeGreaterThanOrEqual((START - 2 + SECONDS) * FPS - 2)
      expect(Math.abs((await picturesIn(strict)) - SECONDS * FPS)).toBeLessThanOrEqual(1)
      expect(await firstNumber(copied, { withHidden: true })).toBeLessThan(START * FPS)
      expect(await firstNumber(strict, { withHidden: true })).toBe(START * FPS)
      expect(await firstNumber(strict)).toBe(START * FPS)
    },
    PATIENCE_MS,
  )

  test(
    'clips of an event that marks them carry its watermark, their previews too',
    async () => {
      const plain = await cut({ strict: true, preview: true })
      const marked = await cut({ watermark: true, preview: true })
      const changed = async (file: 'clip_url' | 'preview_url') => {
        const [a, b] = [
          await pixelsAt(await save(plain[file]), 1),
          await pixelsAt(await save(marked[file]), 1),
        ]
        return a.filter((value, i) => Math.abs(value - b[i]!) > 24).length / a.length
      }
      expect(await changed('clip_url')).toBeGreaterThan(0.005)
      expect(await changed('preview_url')).toBeGreaterThan(0.002)
    },
    PATIENCE_MS,
  )

  test(
    'all files of a clip go with its video',
    async () => {
      const clip = await cut({ preview: true })
      const files = [clip.clip_url, clip.thumbnail_url, clip.preview_url]
      const statuses = () =>
        Promise.all(
          files.map(async (url) => (await call('GET', pathOf(url), { key: null })).status),
        )
      expect(await statuses()).toEqual([200, 200, 200])
      await ok('DELETE', `${MANAGE}/event/${eventId}/videos/${videoId}`)
      await untilIdle(system, eventId, PATIENCE_MS)
      expect(await statuses()).toEqual([404, 404, 404])
      const left = await Array.fromAsync(system.context.store.list(`events/${eventId}/videos`))
      expect(left).toEqual([])
    },
    PATIENCE_MS,
  )
})
