import type { Page } from 'playwright-core'

export type Scrolling = {
  frames: number
  p50Ms: number
  p95Ms: number
  /** Share of frames that took more than one and a half of 1/60 s. */
  lateShare: number
  longestMs: number
  mostCells: number
  pixels: number
}

/**
 * Scrolls on by the same way in each frame and takes the time between frames.
 *
 * @param step px a frame
 * @param ms how long; it ends sooner at the end of the page
 */
export async function scroll(page: Page, step: number, ms: number): Promise<Scrolling> {
  const { times, mostCells, pixels } = await page.evaluate(
    ([by, long]) =>
      new Promise<{ times: number[]; mostCells: number; pixels: number }>((resolve) => {
        const times: number[] = []
        const from = scrollY
        const begin = performance.now()
        let [last, mostCells, still] = [begin, 0, 0]
        const frame = (now: number) => {
          times.push(now - last)
          last = now
          mostCells = Math.max(mostCells, document.querySelectorAll('.cell').length)
          const before = scrollY
          scrollBy(0, by!)
          still = scrollY === before ? still + 1 : 0
          if (now - begin < long! && still < 3) requestAnimationFrame(frame)
          else resolve({ times: times.slice(1), mostCells, pixels: scrollY - from })
        }
        requestAnimationFrame(frame)
      }),
    [step, ms],
  )
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return {
    frames: times.length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    lateShare: times.filter((time) => time > 25).length / times.length,
    longestMs: sorted.at(-1)!,
    mostCells,
    pixels,
  }
}
