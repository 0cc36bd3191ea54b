import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { decodeShrunk } from '../media/decode-shrunk.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { blendMark } from './blend-mark.ts'
import { encodeJpeg } from './draw-preview.ts'
import { noPhotoToShow, previewBusy } from './errors.ts'
import { findPhotoToShow } from './queries.ts'
import type { ArtFile } from './set-watermark.ts'
import { loadMark } from './stamp-photo.ts'
import { loadWatermark } from './watermark-art.ts'

/** Large enough to judge a mark by, small enough to be drawn while somebody waits. */
const SIDE = 1280
const QUALITY = 80
/** Each holds a shrunk photo and art for a moment; more at once would starve searches of libvips' threads. */
const MAX_AT_ONCE = 2
let drawing = 0

/**
 * Draws a mark over a real photo of the event, as previews would have it, and keeps nothing.
 *
 * @param art the mark to try; undefined: the one the event has
 * @param photoId undefined: the first photo of this orientation, else of the other
 * @throws photo_not_found, watermark_invalid, preview_busy
 */
export async function previewMark(
  { db, store }: { db: Db; store: ObjectStore },
  event: Event,
  {
    art,
    orientation,
    photoId,
  }: {
    art: ArtFile | undefined
    orientation: 'portrait' | 'landscape'
    photoId?: string | undefined
  },
): Promise<Buffer> {
  if (drawing >= MAX_AT_ONCE) throw previewBusy()
  drawing += 1
  try {
    const mark = art
      ? await loadWatermark(art.art, art.contentType)
      : await loadMark(db, event, orientation)
    const photo = await findPhotoToShow(db, { eventId: event.id, orientation, photoId })
    const bytes = photo?.originalKey ? await store.read(photo.originalKey) : undefined
    if (!bytes) throw noPhotoToShow()
    const marked = await blendMark(await decodeShrunk(bytes, SIDE), mark)
    return await encodeJpeg(marked, { quality: QUALITY })
  } finally {
    drawing -= 1
  }
}
