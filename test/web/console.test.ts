import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, startSystem, untilIdle, upload } from '../test-deps.ts'
import { DESKTOP, findViolations, listen, openPage, PHONE, whyNoBrowser } from './browser.ts'

const reason = whyNoBrowser('console')
if (reason) console.warn(`The console is not tested in a browser: ${reason}.`)

describe.skipIf(reason !== undefined)('the console in a browser', async () => {
  if (reason !== undefined) return
  let reads: [text: string, score: number][] = []
  const system = await startSystem({
    bibReader: async () =>
      reads.map(([text, score], at) => ({
        text,
        score,
        fullText: text,
        kind: 'digits',
        box: [60 + 200 * at, 200, 120, 60],
      })),
  })
  const { ok, key } = system
  const base = await listen(system)
  const folder = await mkdtemp(join(tmpdir(), 'trackside-console-'))
  afterAll(() => rm(folder, { recursive: true }))

  const open = (page: Page, path: string) => page.goto(`${base}/console#${path}`)
  async function signIn(page: Page) {
    await page.goto(`${base}/console`)
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Events' }).waitFor()
  }
  const found = async (event: number, bib: string) =>
    (await ok('GET', `/api/v1/ext/1/event/${event}/bibs/${bib}`)).pagination.total

  test('signing in, making an event, uploading and publishing it', async () => {
    const { page, context, errors } = await openPage({ viewport: DESKTOP })
    await page.goto(`${base}/console`)
    await page.getByLabel('API key').fill('nonsense')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('unknown')
    errors.splice(0) // the browser reports the refusal itself
    await signIn(page)

    await page.getByRole('button', { name: 'New event' }).click()
    await page.getByLabel('Name').fill('Harbour Run')
    await page.getByLabel('Start, wall time there').fill('2026-06-14T09:30')
    await page.getByLabel('Time zone of the event').fill('Europe/Lisbon')
    await page.getByRole('button', { name: 'Create event' }).click()
    await page.getByText('Drop photos or whole folders here').waitFor()
    const id = Number(/event\/(\d+)\/upload/.exec(page.url())?.[1])

    await writeFile(join(folder, 'a.jpg'), await jpeg())
    await writeFile(join(folder, 'b.jpg'), await jpeg())
    await writeFile(join(folder, 'broken.jpg'), 'no photo at all')
    const choose = (...names: string[]) =>
      page.getByLabel('Choose photos').setInputFiles(names.map((name) => join(folder, name)))
    await choose('a.jpg', 'b.jpg', 'broken.jpg')
    await page.getByText(/^2 photos arrived\./).waitFor() // not "0 of 2 photos arrived."
    expect(
      await page.getByRole('listitem').filter({ hasText: 'broken.jpg' }).textContent(),
    ).toMatch(/broken\.jpg: .*not a (photo|picture)|format/i)
    // As after a closed tab: what has arrived is known.
    await page.reload()
    await choose('a.jpg')
    await page.getByText('1 were here already.').waitFor()

    await untilIdle(system, id)
    await open(page, `/event/${id}/overview`)
    await page.getByText('2 of 3 photos searchable, 1 failed.').waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('heading', { name: 'Published', exact: true }).waitFor()
    const code = page.getByRole('img', { name: /QR code/ })
    expect(await code.getAttribute('alt')).toContain(`${base}/e/harbour-run#k=`)
    expect(await ok('GET', `${MANAGE}/event/${id}`)).toMatchObject({
      status: 'active',
      event_date: '2026-06-14T09:30:00',
      timezone: 'Europe/Lisbon',
    })

    // The key is nowhere in the browser, and scripts cannot see the cookie.
    const [cookie] = await context.cookies(`${base}/api/v1`)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
    const seen = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
    )
    expect(seen).not.toContain(key)
    expect(seen).not.toContain(cookie?.value)
    // The browser tells of the refused file; nothing else went wrong.
    expect(errors.filter((text) => !text.includes('status of 422'))).toEqual([])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('API key').waitFor()
  })

  test('reviewing with the keyboard alone', async () => {
    const event = await addEvent(system)
    reads = [
      ['1042', 0.82],
      ['77', 0.79],
    ]
    await upload(system, event, ['a.jpg', await jpeg()])
    reads = [['2001', 0.79]]
    await upload(system, event, ['b.jpg', await jpeg()])
    const { page, errors } = await openPage({ viewport: DESKTOP })
    await signIn(page)
    await open(page, `/event/${event}/review`)
    await page.getByText('2 to look at, 0 done').waitFor()
    const first = (await page.locator('.photo img').getAttribute('alt')) === 'a.jpg' ? 'a' : 'b'
    const photos = {
      a: async () => {
        await page
          .locator('.candidates .chosen')
          .filter({ hasText: /1042|77/ })
          .waitFor()
        const isFirst = (await page.locator('.candidates .chosen').textContent())?.includes('1042')
        await page.keyboard.press(isFirst ? 'y' : 'n')
        await page
          .locator('.candidates .chosen')
          .filter({ hasText: isFirst ? '77' : '1042' })
          .waitFor()
        await page.keyboard.press(isFirst ? 'n' : 'y')
        await page.getByRole('button', { name: '77 is wrong', pressed: true }).waitFor()
        await page.keyboard.press('a')
        await page.keyboard.type('555')
        await page.keyboard.press('Enter')
        await page.getByRole('button', { name: '555 is right', pressed: true }).waitFor()
        await page.keyboard.press('Enter')
      },
      b: async () => {
        await page.locator('.candidates .chosen').filter({ hasText: '2001' }).waitFor()
        await page.keyboard.press('y')
        await page.getByRole('button', { name: '2001 is right', pressed: true }).waitFor()
        await page.keyboard.press('Enter')
      },
    }
    await photos[first]()
    await page.getByText('1 to look at, 1 done').waitFor()
    await photos[first === 'a' ? 'b' : 'a']()
    await page.getByText('Nothing to review').waitFor()
    expect(
      await Promise.all(['1042', '77', '555', '2001'].map((bib) => found(event, bib))),
    ).toEqual([1, 0, 1, 1])
    expect(errors).toEqual([])
  })

  test('a watermark is designed, seen on real photos and used; a start list is seen before it counts', async () => {
    const event = await addEvent(system)
    reads = [['31', 0.97]]
    await upload(
      system,
      event,
      ['wide.jpg', await jpeg({ width: 1200, height: 800 })],
      ['tall.jpg', await jpeg({ width: 800, height: 1200 })],
    )
    const { page, errors } = await openPage({ viewport: DESKTOP })
    await signIn(page)
    await open(page, `/event/${event}/watermark`)
    const preview = page.getByAltText('A portrait photo with this watermark')
    await preview.waitFor()
    const before = await preview.getAttribute('src')
    await page.getByLabel('Text', { exact: true }).check()
    await page.getByRole('textbox', { name: 'Text' }).fill('SPONSOR')
    await expect.poll(() => preview.getAttribute('src')).not.toBe(before)
    await page.getByRole('button', { name: 'Use it for all previews' }).click()
    await page.getByText('Saved. Previews follow').waitFor()
    const { art } = await ok('GET', `${MANAGE}/event/${event}/watermark`)
    expect(art.map(({ orientation }: { orientation: string }) => orientation)).toEqual([
      'landscape',
      'portrait',
    ])

    await writeFile(join(folder, 'list.csv'), 'bib,name\n500,Ada\n501,Bo\n500,Twice\n')
    await open(page, `/event/${event}/start-list`)
    await page.getByText('This event has no start list yet.').waitFor()
    await page.getByLabel('Choose a CSV').setInputFiles(join(folder, 'list.csv'))
    await page.getByText('Line 4: the bib 500 stands in line 2 already').waitFor()
    await page.getByText('Shown now, not on this list').waitFor()
    await page.getByRole('button', { name: 'Use this list' }).click()
    await page.getByText('The list of 2 entrants is in use.').waitFor()
    await page.getByText('2 entrants are on the list now.').waitFor()
    await untilIdle(system, event)
    await open(page, `/event/${event}/coverage`)
    await page.getByRole('cell', { name: 'Bo' }).waitFor()
    expect(errors).toEqual([])
  })

  test('keys are shown once, stopped and deleted', async () => {
    const { page, errors } = await openPage({ viewport: PHONE })
    await signIn(page)
    await open(page, '/keys')
    await page.getByLabel('What is it for?').fill('the timing company')
    await page.getByRole('button', { name: 'Create key' }).click()
    const secret = await page.locator('.secret code').textContent()
    const ask = async () =>
      (await fetch(`${base}/api/v1/ext/1/events`, { headers: { 'X-API-Key': secret ?? '' } }))
        .status
    expect(await ask()).toBe(200)
    await page.getByRole('button', { name: 'I have it' }).click()
    expect(await page.content()).not.toContain(secret)
    await page.getByRole('button', { name: 'Deactivate the timing company' }).click()
    await page.getByRole('button', { name: 'Activate the timing company', exact: true }).waitFor()
    expect(await ask()).toBe(403)
    await page.getByRole('button', { name: 'Delete the timing company' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByRole('row', { name: /timing company/ }).waitFor({ state: 'detached' })
    expect(errors).toEqual([])
  })

  test.each([
    ['a desktop, light', { viewport: DESKTOP, colorScheme: 'light' }],
    ['a phone, dark', { viewport: PHONE, colorScheme: 'dark' }],
  ] as const)('every page is accessible and fits the screen: %s', async (_name, options) => {
    const event = await addEvent(system)
    reads = [
      ['10', 0.91],
      ['31', 0.79],
    ]
    await upload(system, event, ['a.jpg', await jpeg()], ['bad.jpg', Buffer.from('no photo')])
    // Wider than a phone: the table scrolls, the page does not.
    const name = 'the timing company of the harbour'
    await ok('POST', `${MANAGE}/keys`, { json: { name, scopes: ['read'] } })
    const { page, errors } = await openPage(options)
    await page.goto(`${base}/console`)
    await page.getByLabel('API key').waitFor()
    expect(await findViolations(page)).toEqual([])
    await signIn(page)
    const sections =
      'overview upload videos failures review start-list coverage watermark audit hidings settings'
    const paths = sections.split(' ').map((section) => `/event/${event}/${section}`)
    for (const path of ['/events', '/keys', ...paths]) {
      await open(page, path)
      await page.getByText('One moment …').waitFor({ state: 'detached' })
      expect([path, await findViolations(page)]).toEqual([path, []])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect([path, overflow]).toEqual([path, 0])
    }
    expect(errors).toEqual([])
  })

  test('an audit is answered with the keyboard and says how right the reads are', async () => {
    const event = await addEvent(system)
    reads = [['10', 0.97]]
    await upload(system, event, ['a.jpg', await jpeg()], ['b.jpg', await jpeg()])
    const { page, errors } = await openPage({ viewport: DESKTOP })
    await signIn(page)
    await open(page, `/event/${event}/audit`)
    await page.getByRole('button', { name: 'Draw the sample' }).click()
    const answer = page.getByLabel(/Every bib you can read in photo 1/)
    await answer.waitFor()
    expect(await answer.inputValue()).toBe('10')
    await page.keyboard.press('Enter')
    await page.getByLabel(/Every bib you can read in photo 2/).fill('')
    await page.keyboard.press('Enter')
    await page.getByText('The whole sample is judged.').waitFor()
    await page.getByText('1 of 2', { exact: false }).first().waitFor()
    expect(await found(event, '10')).toBe(1)
    expect(errors).toEqual([])
  })
})
