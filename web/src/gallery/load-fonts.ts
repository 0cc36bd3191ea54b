const KEY = 'has-fonts'
/** So long after everything that was asked for first has come. */
const LATER_MS = 400

/**
 * At the first visit the typeface is fetched behind the first photos, for the visits to come: put in while somebody looks, it would
 * break a long name elsewhere and push the photos. From then on it lies in the browser's cache and is there at once.
 */
export function loadFonts(): void {
  if (localStorage.getItem(KEY)) {
    void import('../lib/fonts.css')
    return
  }
  const later = () => setTimeout(() => void fetchFonts(), LATER_MS)
  if (document.readyState === 'complete') later()
  else addEventListener('load', later, { once: true })
}

async function fetchFonts(): Promise<void> {
  const { FONT_FILES } = await import('./font-files.ts')
  for (const url of FONT_FILES) {
    const answer = await fetch(url, { priority: 'low' }).catch(() => undefined)
    if (!answer?.ok) return // the connection is lost: it comes at the next visit
    await answer.arrayBuffer()
  }
  localStorage.setItem(KEY, 'yes')
}
