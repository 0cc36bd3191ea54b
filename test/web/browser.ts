import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll } from 'vitest'
import type { TestSystem } from '../test-deps.ts'

/** Debian's Chromium; `.ci/run` installs it where it is missing. */
export const CHROMIUM = '/usr/bin/chromium'
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why browser tests cannot run here; undefined when they can. */
export function whyNoBrowser(page: string): string | undefined {
  if (!existsSync(CHROMIUM)) return `there is no ${CHROMIUM}`
  if (!existsSync(new URL(`../../web/dist/${page}.html`, import.meta.url)))
    return 'the pages are not built: npm run web'
  return undefined
}

export const DESKTOP = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }

let launched: Promise<Browser> | undefined

/** A page in a browser context of its own, closed after the file's tests; `errors` fills with what it complains about. */
export async function openPage(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  if (!launched) {
    launched = chromium.launch({ executablePath: CHROMIUM, args: ARGS })
    afterAll(async () => (await launched)?.close())
  }
  const context = await (await launched).newContext(options)
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return { page, context, errors }
}

/** Lets the test's system listen on a free port; gives its address. */
export async function listen({ app }: TestSystem): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/**
 * What axe finds wrong with the page as it is, once what fades in is there: rule and element. Runs beside the page's policy, as a debugger
 * would.
 */
export async function findViolations(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${readFileSync(AXE, 'utf8')};
      Promise.allSettled(document.getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime < Infinity)
        .map(({ finished }) => finished)
      ).then(() => axe.run()).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => id + ': ' + html.slice(0, 200))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  return result.value
}
