import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { addEvent, MANAGE, startSystem, untilIdle } from '../test-deps.ts'
import { hasFfmpeg, makeVideo } from '../videos.ts'
import { DESKTOP, findViolations, listen, openPage, PHONE, whyNoBrowser } from './browser.ts'

const reason = whyNoBrowser('console') ?? (hasFfmpeg ? undefined : 'videos need ffmpeg')
if (reason) console.warn(`Videos are not tested in the console: ${reason}.`)

const PATIENCE = 120_000

describe.skipIf(reason !== undefined)('videos in the console', async () => {
  if (reason !== undefined) return
  const system = await startSystem()
  const { ok, key } = system
  const base = await listen(system)
  const folder = await mkdtemp(join(tmpdir(), 'trackside-console-videos-'))
  afterAll(() => rm(folder, { recursive: true }))

  async function open(page: Page, path: string) {
    await page.goto(`${base}/console#${path}`)
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  test(
    'a video is uploaded, put right in the zone of the event and deleted; one that is none says why',
    async () => {
      const event = await addEvent(system, { timezone: 'Asia/Kolkata' })
      const videos = `${MANAGE}/event/${event}/videos`
      const film = await makeVideo(join(folder, 'finish.mp4'), { seconds: 3 })
      const broken = join(folder, 'broken.mp4')
      await writeFile(broken, 'no video at all')
      const { page, errors } = await openPage({ viewport: PHONE })
      await open(page, `/event/${event}/upload`)
      await page.getByLabel('Choose photos or videos').setInputFiles([film, broken])
      await page.getByText('1 files arrived.').waitFor()
      await untilIdle(system, event, PATIENCE)
      await page.getByRole('link', { name: 'See the videos' }).click()

      const row = page.getByRole('listitem').filter({ hasText: 'finish.mp4' })
      await row.getByText('searchable').waitFor()
      expect(await row.textContent()).toContain('0:03 min')
      const bad = page.getByRole('listitem').filter({ hasText: 'broken.mp4' })
      expect(await bad.textContent()).toContain('video_unsupported')

      await row.getByRole('button', { name: 'Set time: finish.mp4' }).click()
      await row.getByLabel('wall time in Asia/Kolkata').fill('2026-06-14T13:30:05')
      await row.getByRole('button', { name: 'Save time' }).click()
      await page.getByText('The time of finish.mp4 is put right.').waitFor()
      await row.getByText('Begins').getByText('1:30:05').waitFor()
      const listed = (await ok('GET', videos)).videos
      expect(listed).toContainEqual(
        expect.objectContaining({
          file_name: 'finish.mp4',
          recorded_at: '2026-06-14T08:00:05.000Z',
        }),
      )
      expect(await findViolations(page)).toEqual([])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow).toBe(0)

      await row.getByRole('button', { name: 'Delete finish.mp4' }).click()
      await row.getByRole('button', { name: 'Delete for good' }).click()
      await row.waitFor({ state: 'detached' })
      expect((await ok('GET', videos)).videos).toMatchObject([{ file_name: 'broken.mp4' }])
      // The browser tells of the refused file; nothing else went wrong.
      expect(errors.filter((text) => !text.includes('status of 4'))).toEqual([])
    },
    PATIENCE,
  )

  test(
    'a failed video is tried again, by itself or with all that failed',
    async () => {
      const event = await addEvent(system)
      const films = ['first.mp4', 'second.mp4']
      const { page, errors } = await openPage({ viewport: PHONE })
      await open(page, `/event/${event}/upload`)
      const made = films.map((name, i) => makeVideo(join(folder, name), { seconds: 2 + i }))
      await page.getByLabel('Choose photos or videos').setInputFiles(await Promise.all(made))
      await page.getByText('2 files arrived.').waitFor()
      await page.getByRole('link', { name: 'See the videos' }).click()
      await page.getByText('searchable').nth(1).waitFor({ timeout: PATIENCE })
      const fail = () =>
        system.context.pool.query(
          `update video set status = 'failed', error = 'The disk was full.', error_code = 'internal_error'
           where event_id = $1`,
          [event],
        )
      await fail()
      await page.getByText('The disk was full.').first().waitFor()
      expect(await findViolations(page)).toEqual([])
      await page.getByRole('button', { name: 'Try again: first.mp4' }).click()
      await page.getByText('first.mp4 is tried again.').waitFor()
      await untilIdle(system, event, PATIENCE)
      const states = async () =>
        (await ok('GET', `${MANAGE}/event/${event}/videos`)).videos.map(
          ({ file_name, status }: Record<string, string>) => `${file_name} ${status}`,
        )
      expect((await states()).sort()).toEqual(['first.mp4 done', 'second.mp4 failed'])

      await fail()
      await page.getByText('The disk was full.').nth(1).waitFor()
      await page.getByRole('button', { name: 'Try all failed again' }).click()
      await page.getByText('2 videos are tried again.').waitFor()
      await untilIdle(system, event, PATIENCE)
      expect((await states()).sort()).toEqual(['first.mp4 done', 'second.mp4 done'])
      await page.getByText('searchable').nth(1).waitFor()
      expect(await page.getByRole('button', { name: /^Try/ }).count()).toBe(0)
      expect(errors).toEqual([])
    },
    PATIENCE,
  )

  test(
    'an emptied field has its default again; switches, days and faces are set',
    async () => {
      const motion = { max_clip: 20, padding_end: 4, strict: true }
      const event = await addEvent(system, { motion, retention_days_faces: 30 })
      const settings = () => ok('GET', `${MANAGE}/event/${event}`)
      const { page, errors } = await openPage({ viewport: DESKTOP })
      await open(page, `/event/${event}/settings`)
      const clip = page.getByLabel('Longest clip, s')
      expect(await clip.inputValue()).toBe('20')
      const switches = async () => {
        const ofMotion = page.getByLabel(/Clips c|No picture from outside/)
        return Promise.all((await ofMotion.all()).map((one) => one.isChecked()))
      }
      expect(await switches()).toEqual([false, true, false])
      await clip.fill('')
      await page.getByLabel('Clips carry the watermark').check()
      await page.getByLabel('Days until faces are deleted').fill('')
      await page.getByLabel('Days until selfie and clip searches').fill('90')
      // What somebody else changes meanwhile stays.
      await ok('PATCH', `${MANAGE}/event/${event}`, { json: { motion: { padding_end: 6 } } })
      const save = page.getByRole('button', { name: 'Save', exact: true })
      await save.click()
      await page.getByText('Saved.').waitFor()
      expect(await clip.inputValue()).toBe('')
      expect(await switches()).toEqual([true, true, false])
      expect(await settings()).toMatchObject({
        motion: { padding_end: 6, strict: true, watermark: true },
        retention_days_faces: null,
        retention_days_searches: 90,
      })
      expect((await settings()).motion).not.toHaveProperty('max_clip')

      await page.getByLabel('Recognise faces').selectOption('none')
      await page.getByText('every face found in the photos and videos').waitFor()
      await save.click()
      expect((await settings()).biometrics).toBe('faces') // not before it is confirmed
      await page.getByLabel('Delete them').check()
      await save.click()
      await page.getByText('every face found in the photos and videos').waitFor({
        state: 'detached',
      })
      await page.getByText('Saved.').waitFor()
      expect((await settings()).biometrics).toBe('none')
      expect(errors).toEqual([])
    },
    PATIENCE,
  )
})
