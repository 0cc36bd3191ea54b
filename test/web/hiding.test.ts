import { readFile } from 'node:fs/promises'
import type { Download, Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { addEvent, formOf, jpeg, MANAGE, startSystem, upload } from '../test-deps.ts'
import { DESKTOP, findViolations, listen, openPage, PHONE, whyNoBrowser } from './browser.ts'

const reason = whyNoBrowser('gallery')
if (reason) console.warn(`Hiding is not tested in a browser: ${reason}.`)

const WAIT = { timeout: 30_000 }

/** Two people by the parity of a photo's width; bibs are the width, 20 px wide numbers below the face. */
const person = (axis: number) => {
  const vector = new Float32Array(128)
  vector[axis] = 1
  return vector
}
const [ODD, EVEN] = [person(3), person(9)]

describe.skipIf(reason !== undefined)('asking not to be found', async () => {
  if (reason !== undefined) return
  const system = await startSystem({
    bibReader: async ({ width }) => [
      {
        text: String(width),
        score: 0.97,
        fullText: String(width),
        kind: 'digits',
        box: [80, 150, 60, 30],
      },
    ],
    faceFinder: async ({ width }, _signal, model) => [
      {
        score: 0.99,
        quality: 0.9,
        box: [80, 20, 60, 60],
        landmarks: [20, 30, 60, 30, 40, 50, 25, 70, 55, 70],
        embedding: width % 2 ? ODD : EVEN,
        model: model ?? 'dlib-resnet-v1',
      },
    ],
    selfieReader: async (selfie) => {
      const { width = 0 } = await sharp(selfie).metadata()
      return width > 900 ? undefined : ODD
    },
  })
  const { ok, key } = system
  const base = await listen(system)

  async function makeEvent(slug: string) {
    const event = await addEvent(system, {
      event_name: 'Harbour Run',
      event_slug: slug,
      status: 'active',
      visibility: 'public',
    })
    const sizes = [301, 302, 303, 304, 305]
    const photos = await Promise.all(
      sizes.map(async (width) => [`${width}.jpg`, await jpeg({ width, height: 240 })] as const),
    )
    await upload(system, event, ...photos.map(([name, bytes]): [string, Buffer] => [name, bytes]))
    return event
  }
  const picture = (width: number) =>
    sharp({ create: { width, height: 500, channels: 3, background: '#a87' } })
      .jpeg()
      .toBuffer()
  const choose = async (page: Page, width = 600) =>
    page
      .getByLabel(/Choose a picture|Add another picture/)
      .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: await picture(width) })
  const hideMe = (page: Page) => page.getByRole('button', { name: 'Hide me from this event' })
  const open = async (page: Page, path: string) => {
    page.setDefaultTimeout(WAIT.timeout)
    await page.goto(base + path)
    await page.locator('#app :is(h1, h2)').first().waitFor()
  }
  async function openConsole(page: Page, event: number) {
    page.setDefaultTimeout(WAIT.timeout)
    await page.goto(`${base}/console`)
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Events' }).waitFor()
    await page.goto(`${base}/console#/event/${event}/hidings`)
    await page.getByText(/waits? for you/).waitFor()
  }
  async function readReceipt(download: Download) {
    expect(download.suggestedFilename()).toMatch(/^receipt-[\w-]+\.json$/)
    const receipt = JSON.parse(await readFile(await download.path(), 'utf8'))
    const { verdict } = await ok('POST', `${MANAGE}/receipts/verify`, {
      json: receipt,
    })
    return { receipt, verdict }
  }

  test('by selfie: asked from a result, seen and confirmed by the organiser, and gone with a receipt', async () => {
    const event = await makeEvent('by-selfie')
    const { page, errors } = await openPage({ viewport: PHONE, acceptDownloads: true })
    await open(page, '/e/by-selfie')
    await page.getByRole('button', { name: 'Find me with a selfie' }).click()
    await page.getByRole('button', { name: 'I agree' }).click()
    await choose(page)
    await page.getByRole('button', { name: 'Find my photos' }).click()
    await page.getByRole('heading', { name: 'You', exact: true }).waitFor()
    const result = page.url()
    expect(await page.getByRole('listitem').count()).toBe(3)

    await hideMe(page).click()
    const dialog = page.getByRole('dialog', { name: 'Hide me from this event' })
    await dialog.getByText('Nobody finds you in Harbour Run any more').waitFor()
    await dialog.getByText('To know you there, numbers that describe your face').waitFor()
    await choose(page, 1000)
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByRole('button', { name: 'Yes, ask to hide me' }).click()
    await dialog.getByText('No face was found in your picture').waitFor()
    await dialog.getByRole('button', { name: 'Remove picture 1' }).click()
    await choose(page)
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByText('Ask that nobody find you by your face?').waitFor()
    await dialog.getByRole('button', { name: 'Back' }).click()
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByRole('button', { name: 'Yes, ask to hide me' }).click()
    await page.getByRole('heading', { name: 'Your wish waits for the organiser' }).waitFor()
    const wish = page.url()
    expect(wish).toMatch(/\/e\/by-selfie\/h\/[\w-]{36}$/)
    // Nothing is hidden before the organiser agrees.
    const other = await openPage({ viewport: PHONE })
    await open(other.page, new URL(result).pathname)
    expect(await other.page.getByRole('listitem').count()).toBe(3)

    const organiser = await openPage({ viewport: DESKTOP, acceptDownloads: true })
    await openConsole(organiser.page, event)
    const card = organiser.page.getByRole('article', { name: /A face, asked by a participant/ })
    await card.getByText('Would be taken out of 3 photos, and out of those to come').waitFor()
    await card.getByText('Numbers in them: 301 (1), 303 (1), 305 (1)').waitFor()
    expect(await card.getByRole('listitem').count()).toBe(3)
    expect(await findViolations(organiser.page)).toEqual([])
    await card.getByRole('button', { name: 'Hide: A face' }).click()
    await card.getByRole('button', { name: 'Hide for good' }).click()
    await organiser.page.getByText('Hidden. What there is goes within a minute.').waitFor()

    // The link opens anywhere, and tells of the end by itself.
    await page.goto(wish)
    await page.getByRole('heading', { name: 'You are hidden' }).waitFor()
    await page.getByText('You were taken out of 3 photos.').waitFor()
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save the receipt' }).click()
    const { receipt, verdict } = await readReceipt(await saving)
    expect(verdict).toBe('genuine')
    expect(receipt).toMatchObject({ kind: 'selfie', keeps: 'the face, sealed' })
    await other.page.reload()
    await other.page.getByText(/This result is no longer there|You were not found/).waitFor()

    const row = organiser.page.getByRole('row', { name: /By face/ })
    await row.getByText(/removed,/).click()
    await row.getByText('photos with face: 3').waitFor()
    const saved = organiser.page.waitForEvent('download')
    await row.getByRole('button', { name: 'Save receipt of a face' }).click()
    expect((await readReceipt(await saved)).receipt).toEqual(receipt)
    await row.getByRole('button', { name: 'Lift: By face' }).click()
    await row.getByRole('button', { name: 'Lift for good' }).click()
    await organiser.page.getByText('Nobody is hidden in this event.').waitFor()
    await page.reload()
    await page.getByText('This wish is not there any more').waitFor()
    const told = [...errors, ...organiser.errors].filter((text) => !/status of 40[04]/.test(text))
    expect(told).toEqual([])
  }, 120_000)

  test('by bib: asked from a search, refused once, then hidden by the organiser alone', async () => {
    const event = await makeEvent('by-bib')
    const { page, errors } = await openPage({ viewport: DESKTOP })
    const organiser = await openPage({ viewport: PHONE })
    await open(page, '/e/by-bib?q=302')
    await hideMe(page).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Bib number').inputValue()).toBe('302')
    await dialog.getByLabel('Bib number').fill('--')
    expect(await dialog.getByRole('button', { name: 'Go on' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Bib number').fill('302')
    await dialog.getByLabel('Bib number').press('Enter')
    await dialog.getByText('Ask that nobody be found by bib 302?').waitFor()
    await dialog.getByRole('button', { name: 'Yes, ask to hide me' }).click()
    await page.getByRole('heading', { name: 'Your wish waits for the organiser' }).waitFor()

    await openConsole(organiser.page, event)
    const card = organiser.page.getByRole('article', { name: /Bib 302/ })
    // The number is in one photo: too few to know the face by elsewhere.
    await card.getByText('Would be taken out of 1 photo').waitFor()
    await card.getByRole('button', { name: 'Refuse: Bib 302' }).click()
    await card.getByRole('button', { name: 'Refuse and delete the request' }).click()
    await organiser.page.getByText('Refused.').waitFor()
    await page.reload()
    await page.getByText('This wish is not there any more').waitFor()

    await organiser.page.getByLabel('Bib number').fill('302')
    await organiser.page.getByRole('button', { name: 'Hide this bib' }).click()
    await organiser.page.getByText('Hidden. What there is goes within a minute.').waitFor()
    await organiser.page
      .getByRole('row', { name: /Bib 302/ })
      .getByText(/removed,/)
      .waitFor()
    await hideMe(page).click()
    await dialog.getByText('By my bib').click()
    await dialog.getByLabel('Bib number').fill('302')
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByRole('button', { name: 'Yes, ask to hide me' }).click()
    await dialog.getByText('it is hidden already').waitFor()
    await organiser.page.getByLabel(/Pictures of the face/).setInputFiles({
      name: 'me.jpg',
      mimeType: 'image/jpeg',
      buffer: await picture(500),
    })
    await organiser.page.getByRole('button', { name: 'Hide this face' }).click()
    await organiser.page
      .getByRole('row', { name: /By face/ })
      .getByText(/removed,/)
      .waitFor()
    const told = [...errors, ...organiser.errors].filter((text) => !/status of 404/.test(text))
    expect(told).toEqual([])
  }, 120_000)

  test.each([
    ['a desktop, light', { viewport: DESKTOP, colorScheme: 'light' }],
    ['a phone, dark', { viewport: PHONE, colorScheme: 'dark', hasTouch: true, isMobile: true }],
  ] as const)(
    'what is asked and shown is accessible and fits the screen: %s',
    async (name, options) => {
      const slug = name.startsWith('a phone') ? 'phone' : 'desktop'
      const event = await makeEvent(slug)
      const { page } = await openPage(options)
      const check = async (what: string, on = page) => {
        expect([what, await findViolations(on)]).toEqual([what, []])
        const overflow = await on.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect([what, overflow]).toEqual([what, 0])
      }
      await open(page, `/e/${slug}?q=303`)
      await hideMe(page).click()
      await check('by bib')
      await page.getByText('By my face').click()
      await choose(page)
      await page.getByRole('button', { name: 'Go on' }).waitFor()
      await check('by selfie')
      await page.getByRole('button', { name: 'Go on' }).click()
      await check('the last question')
      await page.getByRole('button', { name: 'Yes, ask to hide me' }).click()
      await page.getByText('Your wish waits for the organiser').waitFor()
      await check('waiting')
      await open(page, `/e/${slug}/h/nothing`)
      await page.getByText('This wish is not there any more').waitFor()
      await check('gone')
      const form = formOf(['me.jpg', await picture(500)])
      await ok('POST', `${MANAGE}/event/${event}/hidings/by-selfie`, { form })
      const organiser = await openPage(options)
      await openConsole(organiser.page, event)
      await organiser.page.getByText('Would be taken out of').waitFor()
      await organiser.page.getByText(/removed,/).waitFor()
      await check('console', organiser.page)
    },
    120_000,
  )
})
