import { findBibsOfPhotos } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { PhotoRow } from '../photos/index.ts'
import type { GalleryPhoto } from './schema.ts'
import { galleryPhotoView } from './views.ts'

/** Photos as the gallery shows them, each with the bibs in it. */
export async function showPhotos(
  { db }: { db: Db },
  event: Event,
  rows: readonly PhotoRow[],
): Promise<GalleryPhoto[]> {
  const bibs = new Map<string, string[]>()
  if (event.bibSearch && rows.length > 0) {
    const ids = rows.map(({ id }) => id)
    for (const { photoId, bib } of await findBibsOfPhotos(db, event.id, ids))
      bibs.set(photoId, [...(bibs.get(photoId) ?? []), bib])
  }
  return rows.map(galleryPhotoView(event, bibs))
}
