import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { addEvent, MANAGE, startSystem, untilIdle } from '../test-deps.ts'
import { hasFfmpeg } from '../videos.ts'
import { CHROMIUM, DESKTOP, findViolations, listen, openPage, PHONE } from './browser.ts'
import { makeNumberedVideo, squareRecognition } from './numbered-video.ts'

const canRun = hasFfmpeg && existsSync(CHROMIUM)
if (!canRun) console.warn('Clips of the gallery are not tested: ffmpeg or Chromium is missing.')

const SECONDS = 12
const RECORDED_AT = '2026-06-14T08:00:00Z'

describe.skipIf(!canRun)('clips in the gallery', async () => {
  if (!canRun) return
  const system = await startSystem(squareRecognition)
  const { ok, folder } = system
  let base: string
  let event: number

  beforeAll(async () => {
    base = await listen(system)
    event = await addEvent(system, {
      event_name: 'Harbour Run',
      event_slug: 'filmed',
      event_date: '2026-06-14T09:00:00',
      timezone: 'Europe/Lisbon',
      status: 'active',
      visibility: 'public',
      video_search: true,
      video_selfie_search: true,
      timeline_search: true,
    })
    await makeNumberedVideo(join(folder, 'numbered.mp4'), SECONDS)
    await addVideo(event)
    await untilIdle(system, event, 120_000)
  }, 180_000)

  async function addVideo(eventId: number) {
    const form = new FormData()
    form.append('recorded_at', RECORDED_AT)
    const bytes = Uint8Array.from(await readFile(join(folder, 'numbered.mp4')))
    form.append('file', new Blob([bytes]), 'finish.mp4')
    await ok('POST', `${MANAGE}/event/${eventId}/videos`, { form })
  }

  const clips = (page: Page) => page.getByRole('region', { name: 'Your clips' })
  async function open(options: Parameters<typeof openPage>[0], path: string) {
    const opened = await openPage(options)
    opened.page.setDefaultTimeout(60_000)
    await opened.page.goto(`${base}/e/filmed${path}`)
    return opened
  }
  async function findMe(page: Page) {
    await page.getByRole('button', { name: 'Find me with a selfie' }).click()
    await page.getByRole('button', { name: 'I agree' }).click()
    const background = { width: 400, height: 500, channels: 3, background: '#a87' } as const
    const buffer = await sharp({ create: background }).jpeg().toBuffer()
    await page
      .getByLabel('Choose a picture')
      .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer })
    await page.getByRole('button', { name: 'Find my photos' }).click()
  }

  test('a selfie shows clips with a poster, which play inline, can be sought, saved and shared', async () => {
    const { page, context, errors } = await open(
      { viewport: DESKTOP, acceptDownloads: true },
      '?q=9:00',
    )
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base })
    await findMe(page)
    const video = clips(page).locator('video')
    await video.waitFor()
    const look = () =>
      video.evaluate((element: HTMLVideoElement) => ({
        inline: element.playsInline,
        hasData: element.readyState > 0,
        poster: element.poster,
        label: element.ariaLabel,
      }))
    const before = await look()
    expect(before).toMatchObject({ inline: true, hasData: false })
    expect(before.label).toMatch(/^Clip at 9:00:0\d AM$/)
    const poster = await page.request.get(before.poster)
    const size = await sharp(await poster.body()).metadata()
    expect([poster.status(), (size.width ?? 0) / (size.height ?? 1)]).toEqual([
      200,
      expect.closeTo(16 / 9, 1),
    ])

    const { height } = (await video.boundingBox())!
    await video.click({ position: { x: 24, y: height - 48 } }) // the browser's own button
    const now = () => video.evaluate((element: HTMLVideoElement) => element.currentTime)
    await expect.poll(now, { timeout: 60_000 }).toBeGreaterThan(0)
    await video.evaluate((element: HTMLVideoElement) => {
      element.pause()
      element.currentTime = element.duration - 2
    })
    await page.waitForFunction(() => {
      const element = document.querySelector('video')
      return element && !element.seeking && element.readyState >= 2 && !element.error
    })
    expect(await now()).toBeGreaterThan(SECONDS / 2)
    expect(await findViolations(page)).toEqual([])

    await clips(page).getByRole('button', { name: 'Share' }).click()
    await page.getByText('Link copied').waitFor()
    // Whoever gets the link has no cookie.
    const shared = await fetch(await page.evaluate(() => navigator.clipboard.readText()))
    expect([shared.status, shared.headers.get('content-type')]).toEqual([200, 'video/mp4'])
    const bytes = Buffer.from(await shared.arrayBuffer())
    const saving = page.waitForEvent('download')
    await clips(page).getByRole('link', { name: 'Download' }).click()
    const saved = await saving
    expect(saved.suggestedFilename()).toMatch(/\.mp4$/)
    expect((await readFile(await saved.path())).equals(bytes)).toBe(true)
    expect(errors).toEqual([])
  }, 240_000)

  test('a time in which there are clips and no photo shows the clips', async () => {
    const { page, errors } = await open(
      { viewport: PHONE, isMobile: true, hasTouch: true },
      '?q=9:00',
    )
    await page.getByText('No photo was taken around').waitFor()
    await clips(page).locator('video').waitFor()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBe(0)
    expect(await findViolations(page)).toEqual([])
    expect(errors).toEqual([])
  }, 120_000)

  describe('of an event that wishes for previews', () => {
    const pattern = /\.preview\.mp4/
    const preview = (page: Page) => clips(page).locator('button.preview video')
    const stateOf = (page: Page) =>
      preview(page).evaluate((element: HTMLVideoElement) => ({
        loop: element.loop,
        muted: element.muted,
        inline: element.playsInline,
        paused: element.paused,
        at: element.currentTime,
      }))

    /** How far what is seen of the preview is from the poster: the mean of all greys, 0..255. */
    async function distanceToPoster(page: Page): Promise<number> {
      const greys = async (picture: Buffer) =>
        sharp(picture).resize(64, 36, { fit: 'fill' }).greyscale().raw().toBuffer()
      const url = await preview(page).evaluate((element: HTMLVideoElement) => element.poster)
      const poster = await greys(await (await page.request.get(url)).body())
      const seen = await greys(await preview(page).screenshot())
      return seen.reduce((sum, grey, i) => sum + Math.abs(grey - poster[i]!), 0) / seen.length
    }

    beforeAll(() =>
      ok('PATCH', `${MANAGE}/event/${event}`, { json: { motion: { preview: true } } }),
    )

    test('three seconds play over and over without sound, and a click plays the whole clip', async () => {
      const { page, errors } = await open({ viewport: DESKTOP }, '?q=9:00')
      await preview(page).waitFor()
      await expect
        .poll(async () => (await stateOf(page)).at, { timeout: 60_000 })
        .toBeGreaterThan(0)
      const facts = { loop: true, muted: true, inline: true, paused: false }
      expect(await stateOf(page)).toMatchObject(facts)
      const length = await preview(page).evaluate((element: HTMLVideoElement) => element.duration)
      expect(length).toBeCloseTo(3, 0)
      // Time only goes back where the end is followed by the beginning.
      await preview(page).evaluate(
        (element: HTMLVideoElement) =>
          new Promise<void>((resolve) => {
            let last = element.currentTime
            element.addEventListener('timeupdate', () => {
              if (element.currentTime < last) resolve()
              last = element.currentTime
            })
          }),
      )
      expect(await stateOf(page)).toMatchObject(facts)
      expect(await findViolations(page)).toEqual([])

      await clips(page)
        .getByRole('button', { name: /^Clip at/ })
        .click()
      const whole = clips(page).locator('video[controls]')
      const now = () =>
        whole.evaluate(({ currentTime, duration }: HTMLVideoElement) => ({ currentTime, duration }))
      await expect
        .poll(async () => (await now()).currentTime, { timeout: 60_000 })
        .toBeGreaterThan(0)
      expect((await now()).duration).toBeGreaterThan(SECONDS / 2)
      expect(await preview(page).count()).toBe(0)
      expect(errors).toEqual([])
    }, 240_000)

    test('one that cannot be fetched leaves the poster to see', async () => {
      const { page } = await open({ viewport: DESKTOP }, '')
      await page.route(pattern, (route) => route.abort())
      await page.goto(`${base}/e/filmed?q=9:00`)
      await preview(page).waitFor()
      const failed = () => preview(page).evaluate(({ error }: HTMLVideoElement) => error !== null)
      await expect.poll(failed, { timeout: 60_000 }).toBe(true)
      await expect.poll(() => distanceToPoster(page), { timeout: 60_000 }).toBeLessThan(12)
    }, 120_000)

    test('whoever wants nothing to move sees the poster, and no preview is fetched', async () => {
      const { page } = await open({ viewport: DESKTOP, reducedMotion: 'reduce' }, '')
      const fetched: string[] = []
      page.on('request', (request) => fetched.push(request.url()))
      await page.goto(`${base}/e/filmed?q=9:00`)
      await preview(page).waitFor()
      await expect.poll(() => distanceToPoster(page), { timeout: 60_000 }).toBeLessThan(12)
      expect(await stateOf(page)).toMatchObject({ paused: true, at: 0 })
      expect(fetched.filter((url) => pattern.test(url))).toEqual([])
    }, 120_000)
  })

  test('where videos are not searched by face, no clips of a selfie are asked for, and the console stays clean', async () => {
    const unfilmed = await addEvent(system, {
      event_name: 'No faces in videos',
      event_slug: 'unfilmed',
      status: 'active',
      visibility: 'public',
      video_search: true,
      video_selfie_search: false,
    })
    await addVideo(unfilmed)
    const { page, errors } = await open({ viewport: PHONE }, '/../unfilmed?q=1')
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/clips')) asked.push(request.postData() ?? '')
    })
    await findMe(page)
    await page.getByText('You were not found in any photo').waitFor()
    await page.getByText('This result is kept until').waitFor()
    await page.waitForLoadState('networkidle')
    // Those of the number in the address are.
    expect(asked.filter((wish) => wish.includes('result'))).toEqual([])
    expect(errors).toEqual([])
  }, 120_000)
})
