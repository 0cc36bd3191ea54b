/** A page that shows no photos, against all expectation, is uncovered after this. */
const LONGEST_MS = 5000

/** Removes what was drawn before the app was there, as soon as the app shows the same: nothing is seen to change. */
export function takeOver(app: HTMLElement): void {
  const first = document.getElementById('first')
  if (!first) return
  const end = performance.now() + LONGEST_MS
  const look = async () => {
    const images = [...app.querySelectorAll<HTMLImageElement>('.cell img')]
    const isOther = app.querySelector('.notice, .clips, .resultlink') !== null
    if (images.length === 0 && !isOther && performance.now() < end) {
      requestAnimationFrame(() => void look())
      return
    }
    // What has been drawn is in the browser's memory; what has not come yet is not waited for.
    const there = [...first.querySelectorAll('img')].filter(({ complete }) => complete).length
    await Promise.allSettled(images.slice(0, there).map((image) => image.decode()))
    first.remove()
  }
  void look()
}
