import type { Event } from '../events/index.ts'
import type { GalleryPhoto } from './schema.ts'

/** Photos whose small previews are fetched beside the page's scripts: a row on a phone. More would share a slow line with them. */
const PRELOADED = 2

/** The data block that the page takes its first answers from. No text in it can end the block. */
export const dataBlock = (answers: Record<string, unknown>) =>
  `<script type="application/json" id="given">${JSON.stringify(answers).replaceAll('<', '\\u003c')}</script>`

/** First photos, on their way before any script runs. */
export const preloads = (photos: readonly GalleryPhoto[]) =>
  photos
    .slice(0, PRELOADED)
    .map(
      ({ thumb_url: url }) =>
        `<link rel="preload" as="image" fetchpriority="high" href="${escapeHtml(url)}">`,
    )
    .join('')

/** What chats and networks show of a link: the event's name; a photo only where everybody may see them. */
export function linkCard(event: Event, { url, photo }: { url: string; photo?: GalleryPhoto }) {
  const tags = [
    ['og:type', 'website'],
    ['og:title', event.name],
    ['og:url', url],
    ...(photo && event.visibility === 'public'
      ? [['og:image', new URL(photo.preview_url, url).href] as const]
      : []),
  ] as const
  return tags
    .map(([name, text]) => `<meta property="${name}" content="${escapeHtml(text)}">`)
    .join('')
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign)
