import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { addEvent, EXT, jpeg, MANAGE, startSystem, untilIdle } from '../test-deps.ts'
import { hasFfmpeg } from '../videos.ts'
import { CHROMIUM, listen, openPage } from './browser.ts'
import { FPS, makeNumberedVideo, play, squareRecognition } from './numbered-video.ts'

const canRun = hasFfmpeg && existsSync(CHROMIUM)
if (!canRun) console.warn('Clips are not tested in a browser: ffmpeg or Chromium is missing.')

/** Not at a keyframe: those are at even seconds. */
const START = 3.48
const FIRST = START * FPS
const SECONDS = 5
/** So that the start is a whole second of the day. */
const RECORDED_AT = new Date(Date.parse('2026-06-14T08:00:00Z') - START * 1000)

describe.skipIf(!canRun)('clips in a browser', async () => {
  if (!canRun) return
  const system = await startSystem(squareRecognition)
  const { ok, folder } = system
  let base: string
  let page: Page
  let eventId: number

  beforeAll(async () => {
    base = await listen(system)
    ;({ page } = await openPage())
    // A page of the same origin, so that it may look at the pixels.
    await page.route(`${base}/blank`, (route) => route.fulfill({ body: '<body></body>' }))
    await page.goto(`${base}/blank`)
    const flags = { video_search: true, video_selfie_search: true, timeline_search: true }
    eventId = await addEvent(system, { ...flags, motion: { padding_start: 0, padding_end: 0 } })
    const file = join(folder, 'numbered.mp4')
    await makeNumberedVideo(file, 12)
    const form = new FormData()
    form.append('recorded_at', RECORDED_AT.toISOString())
    form.append('file', new Blob([Uint8Array.from(await readFile(file))]), 'numbered.mp4')
    await ok('POST', `${MANAGE}/event/${eventId}/videos`, { form })
    await untilIdle(system, eventId, 60_000)
  }, 120_000)

  const clipping = () => `${EXT}/event/${eventId}/video-clipping`
  const setMotion = (motion: object) =>
    ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { motion } })

  async function searchByTime(): Promise<string> {
    const from = RECORDED_AT.valueOf() / 1000 + START
    const json = { from, to: from + SECONDS }
    return (await ok('POST', `${clipping()}/search-by-time`, { json })).request_id
  }

  async function cut(requestId: string, wish: object) {
    const ask = () =>
      ok('POST', `${clipping()}/${requestId}/clips`, { json: { moment_id: '0', ...wish } })
    await ask()
    await untilIdle(system, eventId, 60_000)
    const { status, error, clip } = await ask()
    expect({ status, error }).toEqual({ status: 'ready', error: null })
    const path = new URL(clip.clip_url).pathname + new URL(clip.clip_url).search
    return { ...clip, url: base + path }
  }

  const isEncoded = async (clipId: string) =>
    (
      await system.context.pool.query('select is_encoded as is from video_clip where id = $1', [
        clipId,
      ])
    ).rows[0].is

  /** Within one picture of the source; the pictures of a preview are further apart. */
  const near = (actual: number, expected: number, step = 1) => {
    expect(actual).toBeGreaterThanOrEqual(expected - step)
    expect(actual).toBeLessThanOrEqual(expected + step)
  }

  test.each([
    { recipe: 'copied', motion: {}, wish: {}, encoded: false },
    { recipe: 'encoded', motion: { strict: true }, wish: {}, encoded: true },
    { recipe: 'with the watermark', motion: {}, wish: { watermark: true }, encoded: true },
    { recipe: 'upright', motion: {}, wish: { format: 'portrait' }, encoded: true },
  ])(
    'a clip that is $recipe starts at the picture asked for, can be sought and plays to its end',
    async ({ motion, wish, encoded }) => {
      await setMotion(motion)
      const clip = await cut(await searchByTime(), wish)
      await setMotion({})
      expect(clip).toMatchObject({ start_time: START, duration: SECONDS })
      expect(await isEncoded(clip.clip_id)).toBe(encoded)
      const played = await play(page, clip.url)
      near(played.first, FIRST)
      near(played.atTwo, FIRST + 2 * FPS)
      near(played.atOne, FIRST + FPS)
      near(played.last, FIRST + SECONDS * FPS - 1, 2)
      near(played.duration, SECONDS, 0.12)
      expect(played.width > played.height).toBe(!('format' in wish))
    },
    60_000,
  )

  test('a preview shows three seconds, small', async () => {
    const clip = await cut(await searchByTime(), { format: 'preview' })
    expect(clip.duration).toBe(3)
    const played = await play(page, clip.url)
    const step = Math.ceil(FPS / 15)
    near(played.first, FIRST, step)
    near(played.atTwo, FIRST + 2 * FPS, step)
    near(played.last, FIRST + 3 * FPS - 1, step + 1)
    near(played.duration, 3, 0.1)
    expect(played.width).toBe(320)
  }, 60_000)

  // The film has cuts, where its numbers carry: the person goes on as another track.
  test('an upright clip follows the person who runs through the picture', async () => {
    const form = new FormData()
    form.append('file', new Blob([Uint8Array.from(await jpeg())]), 'selfie.jpg')
    const { request_id } = await ok('POST', `${clipping()}/search-by-selfie`, { form })
    const clip = await cut(request_id, { format: 'portrait' })
    expect(clip.duration).toBeGreaterThan(11)
    const played = await play(page, clip.url)
    near(played.first, clip.start_time * FPS)
    expect(played.width / played.height).toBeCloseTo(9 / 16, 2)
    // At first and at last the crop lies at an edge of the source.
    const places = played.runner.slice(2, -2)
    expect(places).toHaveLength(7)
    for (const place of places) near(place ?? 0, 0.5, 0.12)
  }, 60_000)
})
