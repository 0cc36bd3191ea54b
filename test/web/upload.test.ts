import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, startSystem, untilIdle } from '../test-deps.ts'
import { DESKTOP, listen, openPage, whyNoBrowser } from './browser.ts'
import { openHoldingProxy } from './holding-proxy.ts'

const reason = whyNoBrowser('console')
if (reason) console.warn(`Uploads are not tested in a browser: ${reason}.`)

const LONG = 60_000
const TEST_MS = 180_000
/** Of a file, and how much of it comes through before the connection stands still: more than buffers on the way hold, bytes. */
const LARGE = 4_500_000
const HELD_AFTER = 600_000

describe.skipIf(reason !== undefined)('uploading in the console', async () => {
  if (reason !== undefined) return
  const system = await startSystem()
  const { ok, key } = system
  const proxy = await openHoldingProxy(await listen(system))
  const base = proxy.url
  const folder = await mkdtemp(join(tmpdir(), 'trackside-upload-'))
  afterAll(() => rm(folder, { recursive: true }))

  /** A photo with noise behind its end, so that each is another and as large as asked. */
  async function write(path: string, bytes = 0): Promise<string> {
    const picture = await jpeg()
    const file = join(folder, path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(
      file,
      Buffer.concat([picture, randomBytes(Math.max(0, bytes - picture.length))]),
    )
    return file
  }
  async function open(page: Page, event: number) {
    page.setDefaultTimeout(LONG)
    await page.goto(`${base}/console#/event/${event}/upload`)
    const field = page.getByLabel('API key')
    const drop = page.getByText('Drop photos or whole folders here')
    await field.or(drop).waitFor()
    if (await field.isVisible()) {
      await field.fill(key)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    await drop.waitFor()
  }
  /** Where in the file each part that is sent begins. */
  function offsetsOf(page: Page): number[] {
    const offsets: number[] = []
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    return offsets
  }
  const choose = (page: Page, file: string) => page.getByLabel('Choose photos').setInputFiles(file)
  const inTheMiddle = () => expect.poll(proxy.isHolding, { timeout: LONG }).toBe(true)
  /** Not "0 of 1 photos arrived." */
  const arrived = (page: Page, photos: number) =>
    page.getByText(new RegExp(`^${photos} photos arrived\\.`)).waitFor()
  async function photosOf(event: number): Promise<{ file_name: string; bytes: number }[]> {
    await untilIdle(system, event, LONG)
    return (await ok('GET', `${MANAGE}/event/${event}/photos?page_size=100`)).photos
  }

  test(
    'a file that is paused in the middle goes on from there',
    async () => {
      const event = await addEvent(system)
      const file = await write('paused.jpg', LARGE)
      const { page, errors } = await openPage({ viewport: DESKTOP })
      const offsets = offsetsOf(page)
      await open(page, event)
      proxy.hold(HELD_AFTER)
      await choose(page, file)
      await inTheMiddle()
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByText('photos arrived, paused').waitFor()
      proxy.letGo()
      await page.getByRole('button', { name: 'Go on' }).click()
      await arrived(page, 1)
      expect(offsets).toEqual([0, expect.any(Number)])
      expect(offsets[1]).toBeGreaterThan(HELD_AFTER / 2)
      expect(offsets[1]).toBeLessThan(LARGE)
      expect(await photosOf(event)).toMatchObject([{ file_name: 'paused.jpg', bytes: LARGE }])
      expect(errors).toEqual([])
    },
    TEST_MS,
  )

  test(
    'what is chosen while all is paused waits too',
    async () => {
      const event = await addEvent(system)
      const file = await write('first.jpg', LARGE)
      const { page, errors } = await openPage({ viewport: DESKTOP })
      await open(page, event)
      proxy.hold(HELD_AFTER)
      await choose(page, file)
      await inTheMiddle()
      await page.getByRole('button', { name: 'Pause' }).click()
      proxy.letGo()
      const offsets = offsetsOf(page)
      await choose(page, await write('second.jpg'))
      await page.getByText('0 of 2 photos arrived, paused').waitFor()
      await page.waitForTimeout(1500) // a file of this size arrives in a tenth of that
      expect(offsets).toEqual([])
      await page.getByText('0 of 2 photos arrived, paused').waitFor()
      await page.getByRole('button', { name: 'Go on' }).click()
      await arrived(page, 2)
      const files = (await photosOf(event)).map(({ file_name: name }) => name)
      expect(files.sort()).toEqual(['first.jpg', 'second.jpg'])
      expect(errors).toEqual([])
    },
    TEST_MS,
  )

  test(
    'a file that was in the middle when the tab was closed goes on from there',
    async () => {
      const event = await addEvent(system)
      const file = await write('closed.jpg', LARGE)
      const { page, context } = await openPage({ viewport: DESKTOP })
      await open(page, event)
      proxy.hold(HELD_AFTER)
      await choose(page, file)
      await inTheMiddle()
      const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }))
      expect(kept).toContain('/uploads/')
      expect(kept).not.toContain(key)
      await page.close()

      proxy.letGo()
      const again = await context.newPage()
      const offsets = offsetsOf(again)
      await open(again, event)
      await choose(again, file)
      await arrived(again, 1)
      expect(offsets).toEqual([expect.any(Number)])
      expect(offsets[0]).toBeGreaterThan(HELD_AFTER / 2)
      expect(offsets[0]).toBeLessThan(LARGE)
      expect(await photosOf(event)).toMatchObject([{ file_name: 'closed.jpg', bytes: LARGE }])
      // What has arrived leaves nothing behind but its name.
      expect(await again.evaluate(() => Object.keys(localStorage))).toEqual([])
    },
    TEST_MS,
  )

  test(
    'what is told as arrived is known when the tab is closed at once, also where the browser writes slowly',
    async () => {
      const event = await addEvent(system)
      const file = await write('slow.jpg')
      const { page, errors } = await openPage({ viewport: DESKTOP })
      await page.addInitScript(() => {
        const { put } = IDBObjectStore.prototype
        IDBObjectStore.prototype.put = function (...row) {
          for (let ahead = 0; ahead < 20_000; ahead++) this.get('nothing')
          return put.apply(this, row)
        }
      })
      await open(page, event)
      await choose(page, file)
      await arrived(page, 1)
      await page.reload()
      await choose(page, file)
      await page.getByText('1 were here already.').waitFor()
      expect(errors).toEqual([])
    },
    TEST_MS,
  )

  test(
    'a folder is taken with all below it, and once; what is dropped is taken too',
    async () => {
      const event = await addEvent(system)
      const names = ['card/a.jpg', 'card/100/b.jpg', 'card/100/c.jpeg', 'card/101/deep/d.jpg']
      for (const name of names) await write(name)
      await writeFile(join(folder, 'card', 'notes.txt'), 'no photo')
      await writeFile(join(folder, 'card', '100', '.hidden.jpg'), 'no photo either')
      const { page, errors } = await openPage({ viewport: DESKTOP })
      await open(page, event)
      await page.getByLabel('Choose a folder').setInputFiles(join(folder, 'card'))
      await arrived(page, names.length)

      await write('card/102/e.jpg')
      await page.reload()
      await page.getByLabel('Choose a folder').setInputFiles(join(folder, 'card'))
      await arrived(page, 1)
      await page.getByText(`${names.length} were here already.`).waitFor()
      // What is dropped comes another way than what is chosen.
      const picture = (await jpeg()).toString('base64')
      await page.evaluate((encoded) => {
        const bytes = Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0))
        const dataTransfer = new DataTransfer()
        for (const name of ['f.jpg', 'notes.txt'])
          dataTransfer.items.add(new File([bytes], name, { type: 'image/jpeg' }))
        const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })
        document.querySelector('.drop')?.dispatchEvent(drop)
      }, picture)
      await arrived(page, 2)
      const files = (await photosOf(event)).map(({ file_name: name }) => name)
      expect(files.sort()).toEqual(['a.jpg', 'b.jpg', 'c.jpeg', 'd.jpg', 'e.jpg', 'f.jpg'])
      expect(errors).toEqual([])
    },
    TEST_MS,
  )

  test(
    'thousands of files leave the page at hand',
    async () => {
      const event = await addEvent(system)
      const many = 3000
      await mkdir(join(folder, 'many'))
      const picture = await jpeg()
      for (let at = 0; at < many; at++)
        await writeFile(
          join(folder, 'many', `${at}.jpg`),
          Buffer.concat([picture, Buffer.from(String(at))]),
        )
      const { page, errors } = await openPage({ viewport: DESKTOP })
      await open(page, event)
      await page.evaluate(() => {
        const longest = { ms: 0, last: performance.now() }
        Object.assign(window, { longest })
        const frame = (now: number) => {
          longest.ms = Math.max(longest.ms, now - longest.last)
          longest.last = now
          requestAnimationFrame(frame)
        }
        requestAnimationFrame(frame)
      })
      await page.getByLabel('Choose a folder').setInputFiles(join(folder, 'many'))
      // It answers while files are still being looked at and sent.
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByText('of 3,000 photos arrived, paused').waitFor()
      const nodes = await page.evaluate(() => document.querySelectorAll('*').length)
      expect(nodes).toBeLessThan(500)
      await page.getByRole('button', { name: 'Go on' }).click()
      const count = async () => (await ok('GET', `${MANAGE}/event/${event}/progress`)).photos.total
      await expect.poll(count, { timeout: LONG, interval: 500 }).toBeGreaterThan(20)
      const longest = await page.evaluate(
        () => (window as unknown as { longest: { ms: number } }).longest.ms,
      )
      console.log(`3,000 files: the longest time between two frames was ${Math.round(longest)} ms`)
      await page.getByRole('link', { name: 'Overview' }).click()
      await page.getByRole('heading', { name: 'Progress' }).waitFor()
      // What was whole when it was paused is known no more as an upload, and the browser tells of that.
      expect(errors.filter((text) => !text.includes('status of 404'))).toEqual([])
    },
    TEST_MS,
  )
})
