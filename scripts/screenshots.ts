// Takes pictures of every page of the gallery and the console with the invented runners of the demo: npm run screenshots,
// or of some of them: npm run screenshots -- bib result
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { addDemoVideos } from './demo-videos.ts'
import { startDemo } from './start-demo.ts'

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url))
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}
const DESKTOP = { viewport: { width: 1440, height: 900 } }
const LOOKS = {
  phone: PHONE,
  'phone-dark': { ...PHONE, colorScheme: 'dark' as const },
  desktop: DESKTOP,
  'desktop-dark': { ...DESKTOP, colorScheme: 'dark' as const },
}
type Look = keyof typeof LOOKS
type Shot = { name: string; looks: Look[]; path: string; act?: (page: Page) => Promise<unknown> }

/** Names of the pictures to take; none: all. */
const wanted = process.argv.slice(2)
const BOTH: Look[] = ['phone', 'desktop']
const QUALITY = 80
const SETTLED_MS = 900
/** A runner whose bib and selfie the demo has. */
const BIB = '1042'

const cell = (page: Page, at: number) => page.locator(`.cell a[data-index="${at}"]`).first()
const selfie = (page: Page) => page.getByRole('button', { name: 'Find me with a selfie' }).click()

const galleryShots = (picture: Buffer): Shot[] => [
  { name: 'events', looks: BOTH, path: '/' },
  { name: 'gallery', looks: ['phone', 'phone-dark', 'desktop', 'desktop-dark'], path: '/e/demo' },
  { name: 'bib', looks: BOTH, path: `/e/demo?q=${BIB}` },
  { name: 'nothing-found', looks: ['phone'], path: '/e/demo?q=99999' },
  {
    name: 'full-screen',
    looks: ['phone', 'desktop'],
    path: `/e/demo?q=${BIB}`,
    act: (page) => cell(page, 0).click(),
  },
  {
    name: 'choose',
    looks: ['phone'],
    path: '/e/demo',
    async act(page) {
      await page.getByRole('button', { name: 'Choose' }).click()
      for (const at of [1, 2, 5]) await cell(page, at).click()
    },
  },
  { name: 'consent', looks: ['phone', 'desktop'], path: '/e/demo', act: selfie },
  { name: 'selfie', looks: ['phone-dark'], path: '/e/demo', act: (page) => choose(page, picture) },
  {
    name: 'result',
    looks: ['phone', 'desktop'],
    path: '/e/demo',
    async act(page) {
      await choose(page, picture)
      await page.getByRole('button', { name: 'Find my photos' }).click()
      await page.getByText('This result is kept until').waitFor({ timeout: 60_000 })
    },
  },
  {
    name: 'hide-me',
    looks: ['phone', 'desktop'],
    path: `/e/demo?q=${BIB}`,
    act: (page) => page.getByRole('button', { name: 'Hide me from this event' }).click(),
  },
  {
    name: 'hide-me-waiting',
    looks: ['phone'],
    path: `/e/demo?q=${BIB}`,
    async act(page) {
      await page.getByRole('button', { name: 'Hide me from this event' }).click()
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByRole('button', { name: 'Yes, ask to hide me' }).click()
      await page.getByText('Your wish waits for the organiser').waitFor()
    },
  },
  { name: 'link-only', looks: ['phone'], path: '/e/club-evening' },
  { name: 'password', looks: ['phone-dark'], path: '/e/company-run' },
  { name: 'unknown', looks: ['phone'], path: '/e/nowhere' },
  { name: 'closed', looks: ['phone'], path: '/e/last-year' },
  { name: 'empty', looks: ['phone'], path: '/e/next-week' },
]

async function choose(page: Page, picture: Buffer) {
  await selfie(page)
  await page.getByRole('button', { name: 'I agree' }).click()
  await page
    .locator('input[type=file]')
    .last()
    .setInputFiles({ name: 'selfie.jpg', mimeType: 'image/jpeg', buffer: picture })
  await page.getByRole('button', { name: 'Find my photos' }).waitFor()
}

/** Of sections that are taken in more than one. */
const LOOKS_OF: Record<string, Look[]> = {
  overview: ['phone', 'desktop', 'desktop-dark'],
  videos: BOTH,
}

const consoleShots = (event: number): Shot[] => [
  { name: 'console-events', looks: BOTH, path: '/console#/events' },
  { name: 'console-keys', looks: ['desktop'], path: '/console#/keys' },
  ...'overview upload videos failures review start-list coverage watermark audit hidings settings'
    .split(' ')
    .map((section) => ({
      name: `console-${section}`,
      looks: LOOKS_OF[section] ?? (['desktop'] as Look[]),
      path: `/console#/event/${event}/${section}`,
    })),
]

async function take(browser: Browser, url: string, shots: Shot[], key?: string) {
  const chosen = shots.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  for (const { name, looks, path, act } of chosen)
    for (const look of looks) {
      const context = await browser.newContext({ ...LOOKS[look], locale: 'en-GB' })
      const page = await context.newPage()
      if (key !== undefined) await signIn(page, url, key)
      await page.goto(url + path)
      // Once more: the typeface is there at the second visit from the beginning.
      await page.waitForTimeout(SETTLED_MS)
      await page.reload()
      for (const waiting of ['One moment …', 'Drawing …'])
        await page.getByText(waiting).first().waitFor({ state: 'detached' })
      await page.waitForTimeout(SETTLED_MS)
      await act?.(page)
      await page.waitForTimeout(SETTLED_MS)
      const picture = await sharp(await page.screenshot())
        .webp({ quality: QUALITY })
        .toBuffer()
      await writeFile(join(FOLDER, `${name}-${look}.webp`), picture)
      await context.close()
    }
}

async function signIn(page: Page, url: string, key: string) {
  await page.goto(`${url}/console`)
  await page.getByLabel('API key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Events' }).waitFor()
}

// A folder named by TRACKSIDE_DATA is used again and stays; else the demo is made anew, which takes minutes.
const given = process.env.TRACKSIDE_DATA
const data = given ?? (await mkdtemp(join(tmpdir(), 'trackside-screenshots-')))
const demo = await startDemo(data)
try {
  await mkdir(FOLDER, { recursive: true })
  const picture = await readFile(join(data, 'demo', 'selfies', `${BIB}.jpg`))
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  try {
    await take(browser, demo.url, galleryShots(picture))
    await addDemoVideos(demo, data)
    await take(browser, demo.url, consoleShots(demo.eventId), demo.key)
  } finally {
    await browser.close()
  }
} finally {
  await demo.stop()
  if (given === undefined) await rm(data, { recursive: true, force: true })
}
