import { signUrl } from '../storage/signed-url.ts'
import type { ClipUrl } from './views.ts'

export const CLIPS_PATH = '/clips'

const TTL_SECONDS = 24 * 3600

/** URLs of clips, posters and previews that need no key, cannot be guessed, and end. */
export const clipUrlOf =
  (baseUrl: string, secret: string): ClipUrl =>
  ({ eventId, id }, extension) => {
    const path = `${CLIPS_PATH}/${eventId}/${id}.${extension}`
    const fileName = `clip-${id.slice(-12)}.${extension}`
    return baseUrl + signUrl({ path, fileName, ttlSeconds: TTL_SECONDS, now: new Date(), secret })
  }
