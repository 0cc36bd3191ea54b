import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { median } from '../median.ts'
import { seedEvent } from '../seed-event.ts'
import { startSystem } from '../system.ts'
import { openFront } from './front.ts'
import { type Opening, readTrace } from './read-trace.ts'
import { type Scrolling, scroll } from './scroll.ts'

export type GalleryFigures = {
  photos: number
  previewBytes: number
  scriptBytes: number
  requestsBeforePhoto: number
  opening: Opening
  runs: number
  slow: Scrolling
  fast: Scrolling
  through: Scrolling
  jumpMs: number
  heapBytes: number
}

const PHOTOS = 100_000
const RUNS = 5
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}
/** "Slow 4G" of Chromium's developer tools: latency of each request, bytes a second. */
const SLOW_4G = {
  offline: false,
  latency: 562.5,
  downloadThroughput: 180_000,
  uploadThroughput: 84_375,
}
const CPU_SLOWDOWN = 4
const SETTLED_MS = 4000
const JUMPS = 15

/** A phone opens an event of 100,000 photos (rows alone; the previews are noise of usual size) and scrolls through it. */
export async function measureGallery({
  folder,
  signal,
}: {
  folder: string
  signal: AbortSignal
}): Promise<GalleryFigures> {
  const dataDir = join(folder, 'gallery')
  const system = await startSystem({ dataDir, workers: 0 }, signal)
  try {
    const { event_id: eventId } = await system.api.manage<{ event_id: number }>('POST', '/events', {
      json: {
        event_name: 'A hundred thousand photos',
        event_slug: 'many',
        status: 'active',
        visibility: 'public',
      },
    })
    await seedEvent(dataDir, { eventId, photos: PHOTOS }, signal)
    const front = await openFront(system.url)
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    })
    try {
      const openings: Awaited<ReturnType<typeof open>>[] = []
      for (let run = 0; run < RUNS; run++) openings.push(await open(browser, `${front.url}/e/many`))
      const moves = await move(browser, `${front.url}/e/many`)
      const of = (read: (opening: Opening) => number) =>
        median(openings.map(({ trace }) => read(trace)))
      return {
        photos: PHOTOS,
        previewBytes: front.bytes,
        scriptBytes: median(openings.map(({ scriptBytes }) => scriptBytes)),
        requestsBeforePhoto: median(openings.map(({ requests }) => requests)),
        runs: RUNS,
        opening: {
          firstPhotoMs: of((trace) => trace.firstPhotoMs),
          largestPaintMs: of((trace) => trace.largestPaintMs),
          layoutShift: Math.max(...openings.map(({ trace }) => trace.layoutShift)),
          longTasks: of((trace) => trace.longTasks),
          longestTaskMs: of((trace) => trace.longestTaskMs),
          blockedMs: of((trace) => trace.blockedMs),
        },
        ...moves,
      }
    } finally {
      await browser.close()
      front.server.closeAllConnections()
      front.server.close()
    }
  } finally {
    await system.stop()
  }
}

/** One cold opening on a slow network and processor, under Chromium's tracing. */
async function open(browser: Browser, url: string) {
  const context = await browser.newContext(PHONE)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', SLOW_4G)
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN })
  const scripts = new Set<string>()
  let [scriptBytes, requests] = [0, 0]
  session.on('Network.responseReceived', ({ requestId, response }) => {
    requests += 1
    if (response.mimeType.includes('javascript')) scripts.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength
  })
  await browser.startTracing(page, {
    categories: [
      'loading',
      'blink.user_timing',
      'devtools.timeline',
      'disabled-by-default-devtools.timeline',
      'toplevel',
    ],
  })
  await page.goto(url, { waitUntil: 'commit' })
  await page.locator('#app .cell img').first().waitFor()
  const before = requests
  await page.waitForTimeout(SETTLED_MS)
  const trace = readTrace(await browser.stopTracing(), url)
  await context.close()
  return { trace, scriptBytes, requests: before }
}

async function move(browser: Browser, url: string) {
  const context = await browser.newContext(PHONE)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const slowDown = (rate: number) => session.send('Emulation.setCPUThrottlingRate', { rate })
  await page.goto(url)
  await page.locator('#app .cell img').first().waitFor()
  const fast = await scroll(page, 50, 8000)
  await slowDown(CPU_SLOWDOWN)
  const slow = await scroll(page, 50, 8000)
  await slowDown(1)
  const jumps: number[] = []
  for (let at = 1; at <= JUMPS; at++) jumps.push(await jump(page, at / (JUMPS + 1)))
  await page.evaluate(() => scrollTo(0, 0))
  const through = await scroll(page, 4000, 120_000)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await context.close()
  return { fast, slow, through, jumpMs: median(jumps), heapBytes: usedSize }
}

/** From the tap on the time line to the first photo there, in milliseconds. */
async function jump(page: Page, place: number): Promise<number> {
  const box = await page.getByRole('slider').boundingBox()
  if (!box) throw new Error('the page has no time line')
  const start = performance.now()
  await page.mouse.click(box.x + box.width * place, box.y + box.height / 3)
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>('.cell img')].some((img) => {
      const { top, bottom } = img.getBoundingClientRect()
      return img.complete && img.naturalWidth > 0 && bottom > 0 && top < innerHeight
    }),
  )
  return performance.now() - start
}
