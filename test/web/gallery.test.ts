import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { MANAGE } from '../test-deps.ts'
import { DESKTOP, findViolations, openPage, PHONE, whyNoBrowser } from './browser.ts'
import { startHarbourRun } from './harbour-run.ts'

const reason = whyNoBrowser('gallery')
if (reason) console.warn(`The gallery is not tested in a browser: ${reason}.`)

/** JavaScript of the page before the first photo, compressed. */
const MOST_SCRIPT_BYTES = 90_000

describe.skipIf(reason !== undefined)('the gallery in a browser', async () => {
  if (reason !== undefined) return
  const { system, base, sent, lockedByLink } = await startHarbourRun()

  const cell = (page: Page, at: number) => page.locator(`.cell a[data-index="${at}"]`)
  const open = async (page: Page, path = '/e/harbour') => {
    await page.goto(base + path)
    await page.locator('#app :is(h1, h2)').first().waitFor()
  }

  test('from the public events to a photo, with little script', async () => {
    const { page, errors } = await openPage({ viewport: PHONE })
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    const scripts = new Map<string, string>()
    const asked: string[] = []
    let bytes = 0
    session.on('Network.responseReceived', ({ requestId, response }) => {
      asked.push(new URL(response.url).pathname)
      if (response.mimeType.includes('javascript')) scripts.set(requestId, response.url)
    })
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength
    })
    await page.goto(base)
    await page.getByRole('link', { name: /Harbour Run.*70 photos/ }).waitFor()
    expect(await page.getByRole('link').count()).toBe(2) // those behind a lock or over are not listed
    await open(page)
    await cell(page, 0)
      .locator('img')
      .evaluate((img: HTMLImageElement) => img.decode())
    expect(scripts.size).toBeGreaterThan(1)
    expect(bytes).toBeLessThan(MOST_SCRIPT_BYTES)
    // Its first answers came with the page.
    expect(asked.filter((path) => path.startsWith('/api/v1/gallery'))).toEqual([])
    await page.getByText('70 photos').waitFor()
    expect(errors).toEqual([])
  })

  test.each([
    ['a phone', PHONE],
    ['a desktop', DESKTOP],
  ])(
    'the first photos are there before the scripts, where the scripts then draw them: %s',
    async (_name, viewport) => {
      const { page, errors } = await openPage({ viewport })
      const boxes = (of: string) =>
        page.locator(`${of} .cell`).evaluateAll((cells) =>
          cells.slice(0, 6).map((cell) => {
            const { x, y, width, height } = cell.getBoundingClientRect()
            const image = cell.querySelector('img')
            return [x, y, width, height, image?.getAttribute('src')]
          }),
        )
      await page.route('**/assets/*.js', (route) => route.abort())
      await page.goto(`${base}/e/harbour`)
      await page.locator('#first img').first().waitFor()
      const drawn = await boxes('#first')
      expect(drawn.length).toBeGreaterThan(3)
      expect(await page.locator('#first h1').textContent()).toBe('Harbour Run')
      expect(errors.filter((text) => !text.includes('ERR_FAILED'))).toEqual([])

      await page.unroute('**/assets/*.js')
      await open(page)
      await page.locator('#first').waitFor({ state: 'detached' })
      expect(await boxes('#app')).toEqual(drawn)
      await open(page, '/e/harbour?q=312')
      await page.getByRole('heading', { name: 'Bib 312' }).waitFor()
      expect(await page.locator('#first').count()).toBe(0)
    },
  )

  test('one box finds bibs and times, says what it does not understand, and the way back is the browser’s', async () => {
    const { page, errors } = await openPage({ viewport: PHONE })
    await open(page)
    const search = async (text: string) => {
      await page.getByRole('searchbox').fill(text)
      await page.getByRole('searchbox').press('Enter')
    }
    await search('312')
    await page.getByRole('heading', { name: 'Bib 312' }).waitFor()
    expect(await page.locator('.cell').count()).toBe(1)
    await search('9:30')
    await page.getByRole('heading', { name: /From 9:\d\d AM to 9:\d\d AM/ }).waitFor()
    await page.locator('.cell').nth(3).waitFor()
    await search('99999')
    await page.getByText('No photo with bib 99999 so far').waitFor()
    await search('¿?')
    await page.getByText('Nothing was found for').waitFor()
    await page.goBack()
    await page.getByText('No photo with bib 99999').waitFor()
    await page.reload()
    await page.getByText('No photo with bib 99999').waitFor()
    await page.getByRole('link', { name: 'Harbour Run' }).click()
    await page.getByText('70 photos').waitFor()
    expect(errors).toEqual([])
  })

  test('a photo opens, has an address of its own, and closes where it was', async () => {
    const { page, errors } = await openPage({ viewport: DESKTOP, reducedMotion: 'reduce' })
    await open(page)
    await cell(page, 2).click()
    const box = page.getByRole('dialog')
    await box.waitFor()
    await box.getByText('3 / 70').waitFor()
    await page.keyboard.press('ArrowRight')
    await box.getByText('4 / 70').waitFor()
    await box.getByRole('button', { name: 'Bib 303' }).waitFor()
    const own = page.url()
    expect(own).toMatch(/#p=[\w-]{36}$/)
    await page.keyboard.press('Escape')
    await box.waitFor({ state: 'detached' })
    expect(page.url()).toBe(`${base}/e/harbour`)
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-index')))
      .toBe('3')

    await page.goto('about:blank')
    await page.goto(own)
    await box.getByRole('button', { name: 'Bib 303' }).click()
    await page.getByRole('heading', { name: 'Bib 303' }).waitFor()
    await cell(page, 0).click()
    await box.waitFor()
    await page.goBack()
    await box.waitFor({ state: 'detached' })
    expect(page.url()).toContain('?q=303')
    expect(errors).toEqual([])
  })

  test('the keyboard alone reaches everything, the far end of the time line too', async () => {
    const { page, errors } = await openPage({ viewport: DESKTOP, reducedMotion: 'reduce' })
    await open(page)
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement?.getAttribute('aria-label') ??
          document.activeElement?.textContent?.trim(),
      )
    const reach = async (name: RegExp) => {
      for (let presses = 0; presses < 12; presses++) {
        await page.keyboard.press('Tab')
        const label = await focused()
        if (label && name.test(label)) return
      }
      throw new Error(`Tab does not reach ${name}`)
    }
    await reach(/Bib, name or time|Bib or time/)
    await reach(/Time of the photos/)
    const slider = page.getByRole('slider')
    expect(await slider.getAttribute('aria-valuetext')).toBe('9:00 AM')
    await page.keyboard.press('End')
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/^(9:[45]|11:0)\d AM$/)
    await reach(/Photo at/)
    await page.keyboard.press('Home')
    await expect.poll(focused).toBe('Photo at 9:00:00 AM. Bib 300 and 777')
    await page.keyboard.press('ArrowRight')
    await expect.poll(focused).toContain('Photo at 9:01:00 AM')
    const top = () => page.evaluate(() => document.activeElement?.getBoundingClientRect().top ?? 0)
    const before = await top()
    await page.keyboard.press('ArrowDown')
    await expect.poll(top).toBeGreaterThan(before + 50)
    await page.keyboard.press('End')
    await expect.poll(focused).toContain('Photo at 11:09:00 AM')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('70 / 70').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(focused).toContain('Photo at 11:09:00 AM')
    expect(errors).toEqual([])
  })

  test('a selfie finds its person; the result is corrected, shared, reopened and forgotten', async () => {
    const { page, context, errors } = await openPage({ viewport: PHONE, reducedMotion: 'reduce' })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base })
    await open(page)
    const picture = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: '#a87' } }).jpeg()
    const choose = (bytes: Buffer) =>
      page
        .getByLabel(/Choose a picture|Add another picture/)
        .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: bytes })
    await page.getByRole('button', { name: 'Find me with a selfie' }).click()
    await page.getByText('Your picture is not kept.').waitFor()
    await page.getByRole('button', { name: 'Not now' }).click()
    await page.getByRole('button', { name: 'Find me with a selfie' }).click()
    await page.getByRole('button', { name: 'I agree' }).click()

    // A picture without a face, then one that the camera turned: both are made small and upright before they leave.
    await choose(await picture(2600, 1300).toBuffer())
    await page.getByRole('button', { name: 'Find my photos' }).click()
    await page.getByText('No face was found in your picture').waitFor()
    await page.getByRole('button', { name: 'Remove picture 1' }).click()
    await choose(Buffer.from('no picture'))
    await page.getByText('cannot be shown as a picture').waitFor()
    await choose(await picture(2400, 1600).withMetadata({ orientation: 6 }).toBuffer())
    await page.getByRole('button', { name: 'Find my photos' }).click()
    await page.getByRole('heading', { name: 'You', exact: true }).waitFor()
    expect(sent).toEqual([
      { width: 1280, height: 640, orientation: undefined, format: 'jpeg' },
      { width: 853, height: 1280, orientation: undefined, format: 'jpeg' },
    ])
    const shown = (name: string) =>
      page.getByRole('list', { name, exact: true }).getByRole('listitem')
    expect([await shown('You').count(), await shown('Maybe you').count()]).toEqual([3, 1])
    await page.getByText(/This result is kept until/).waitFor()
    expect(await findViolations(page)).toEqual([])

    await page.getByRole('button', { name: /^Not me.*Bib 312/ }).click()
    await shown('Maybe you').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await shown('Maybe you').waitFor()
    await page.getByRole('button', { name: /^Not me.*Bib 306/ }).click()
    await page.getByText('1 photo is not you').waitFor()

    await page.getByRole('button', { name: 'Share with a friend' }).click()
    await page.getByText('Link copied').waitFor()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    const own = page.url()
    expect(link).toMatch(/\/e\/harbour\/r\/[\w-]{20,}$/)
    expect(link).not.toBe(own)
    const friend = await openPage({ viewport: PHONE })
    await friend.page.goto(link)
    await friend.page.getByText('Somebody shared this result with you').waitFor()
    expect(await friend.page.getByRole('listitem').count()).toBe(3)
    expect(
      await friend.page.getByRole('button', { name: /Not me|Forget|Share with/ }).count(),
    ).toBe(0)

    // On this device the way back is remembered.
    await page.goto(`${base}/e/harbour`)
    await page.getByRole('link', { name: 'My photos' }).click()
    await page.getByRole('button', { name: 'Add a selfie' }).click()
    await choose(await picture(600, 800).toBuffer())
    await page.getByRole('button', { name: 'Find my photos' }).click()
    await expect.poll(() => sent.length).toBe(3)
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(page.url()).toBe(own)
    await page.getByRole('button', { name: 'Forget this search' }).click()
    await page.getByRole('button', { name: 'Forget this search' }).click()
    await page.getByText('Forgotten. Nothing of it is left.').waitFor()
    await friend.page.reload()
    await friend.page.getByText('This result is no longer there').waitFor()
    await page.goto(own)
    await page.getByText('This result is no longer there').waitFor()
    expect(errors.filter((text) => !/status of 4(22|04)/.test(text))).toEqual([])
  })

  test('chosen photos come as one archive', async () => {
    const { page, errors } = await openPage({ viewport: PHONE, acceptDownloads: true })
    await open(page)
    await page.getByRole('button', { name: 'Choose' }).click()
    await page.getByText('Tap the photos you want.').waitFor()
    const button = page.getByRole('button', { name: 'Download' })
    expect(await button.isDisabled()).toBe(true)
    for (const at of [0, 1, 2, 2, 3]) await cell(page, at).click()
    await page.getByText('3 chosen').waitFor()
    const download = page.waitForEvent('download')
    await button.click()
    const archive = await download
    expect(archive.suggestedFilename()).toBe('harbour.zip')
    await page.getByText('Downloaded', { exact: true }).waitFor()
    const bytes = await readFile(await archive.path())
    // The end of the directory says how many there are.
    const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'))
    expect([bytes.toString('latin1', 0, 2), bytes.readUInt16LE(end + 10)]).toEqual(['PK', 3])
    expect(errors).toEqual([])
  })

  test('what is locked opens by its link or its password, and by nothing else', async () => {
    const { page, context } = await openPage({ viewport: PHONE })
    await open(page, '/e/by-link')
    await page.getByText('These photos have a link of their own').waitFor()
    await page.goto('about:blank')
    await open(page, '/e/by-link#k=nonsense')
    await page.getByText('The link is not right').waitFor()
    expect(page.url()).toBe(`${base}/e/by-link`)
    const { gallery_link: link } = await system.ok('GET', `${MANAGE}/event/${lockedByLink}`)
    await page.goto('about:blank')
    await page.goto(base + new URL(link).pathname + new URL(link).hash)
    await page.locator('.cell img').waitFor()
    expect(page.url()).toBe(`${base}/e/by-link`)
    await page.reload()
    await page.locator('.cell img').waitFor()

    await open(page, '/e/by-word')
    await page.getByLabel('Password').fill('fartlek-42')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('That is not the password').waitFor()
    await page.getByLabel('Password').fill('Fartlek-42')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('.cell img').waitFor()
    const cookies = await context.cookies()
    expect(cookies.map(({ httpOnly }) => httpOnly)).toEqual([true, true])
  })

  test('no such event, one that is over, one without photos: each says what to do', async () => {
    const { page } = await openPage({ viewport: PHONE })
    await open(page, '/e/nowhere')
    await page.getByText('There is no such event').waitFor()
    await page.getByRole('link', { name: 'Public events' }).click()
    await page.getByRole('heading', { name: 'Events', exact: true }).waitFor()
    await open(page, '/e/over')
    await page.getByText('This gallery is closed').waitFor()
    await open(page, '/e/empty')
    await page.getByText('No photos yet').waitFor()
    await open(page, '/e/harbour#p=00000000-0000-7000-8000-000000000000')
    await page.getByText('This photo is no longer there').waitFor()
  })

  test('a lost connection is waited for', async () => {
    const { page, context } = await openPage({ viewport: PHONE })
    await open(page)
    await context.setOffline(true)
    await page.getByText('No connection. It goes on by itself.').waitFor()
    await page.getByRole('searchbox').fill('305')
    await page.getByRole('searchbox').press('Enter')
    await page.getByText('One moment …').waitFor()
    await context.setOffline(false)
    await page.getByRole('heading', { name: 'Bib 305' }).waitFor()
    await page.getByText('No connection').waitFor({ state: 'detached' })
  })

  test('the browser’s language is spoken', async () => {
    const { page, errors } = await openPage({ viewport: PHONE, locale: 'pt-BR' })
    await open(page)
    await page.getByText('70 fotos').waitFor()
    expect(await page.getByRole('searchbox').getAttribute('placeholder')).toBe(
      'Número de peito ou hora',
    )
    expect(await page.locator('html').getAttribute('lang')).toBe('pt')
    expect(errors).toEqual([])
  })

  test.each([
    ['a desktop, light', { viewport: DESKTOP, colorScheme: 'light' }],
    ['a phone, dark', { viewport: PHONE, colorScheme: 'dark', hasTouch: true, isMobile: true }],
  ] as const)('every view is accessible and fits the screen: %s', async (_name, options) => {
    const { page } = await openPage(options)
    const check = async (what: string) => {
      expect([what, await findViolations(page)]).toEqual([what, []])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect([what, overflow]).toEqual([what, 0])
    }
    for (const path of [
      '/',
      '/e/harbour',
      '/e/harbour?q=777',
      '/e/harbour?q=9:41',
      '/e/harbour?q=zzz',
      '/e/by-link',
      '/e/by-word',
      '/e/nowhere',
      '/e/over',
      '/e/empty',
    ]) {
      await open(page, path)
      await page.getByText('One moment …').waitFor({ state: 'detached' })
      await check(path)
    }
    await open(page)
    await page.getByRole('button', { name: 'Choose' }).click()
    await cell(page, 1).click()
    await page.getByText('1 chosen').waitFor()
    await check('choosing')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Find me with a selfie' }).click()
    await page.getByRole('button', { name: 'I agree' }).waitFor()
    await check('consent')
    await page.getByRole('button', { name: 'I agree' }).click()
    await page.getByText('Choose a picture').waitFor()
    await check('selfie')
    await page.getByRole('button', { name: 'Close' }).click()
    await cell(page, 1).click()
    await page.getByRole('dialog').getByText('2 / 70').waitFor()
    await check('full screen')
  })
})
