const KEY = 'has-fonts'
/** So long after everything that was asked for first has come. */
const LATER_MS = 400

/** Fetches the typeface when the first photos are there; at once where it lies in the browser's cache from an earlier visit. */
export function loadFonts(): void {
  const load = async () => {
    await import('../lib/fonts.css')
    localStorage.setItem(KEY, 'yes')
  }
  const later = () => setTimeout(() => void load(), LATER_MS)
  if (localStorage.getItem(KEY)) void load()
  else if (document.readyState === 'complete') later()
  else addEventListener('load', later, { once: true })
}
