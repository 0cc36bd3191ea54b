import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { findPhotoPage } from '../photos/index.ts'
import type { Access } from './access.ts'
import type { GalleryPhoto } from './schema.ts'
import { type HasVideos, showGallery, showTimeline } from './show-gallery.ts'
import { showPhotos } from './show-photos.ts'

/** What the page's grid asks for together: `CHUNK` in web/src/gallery/grid/source.svelte.ts. */
const FIRST_PHOTOS = 60

/**
 * What a page of the event would ask first, by path behind `/api/v1/gallery`: sent along with the page, it saves a slow phone two
 * ways to the server and back before the first photo.
 */
export async function findFirstAnswers(
  deps: { db: Db; hasVideos: HasVideos },
  { event, access }: { event: Event; access: Access },
): Promise<{ answers: Record<string, unknown>; photos: GalleryPhoto[] }> {
  const path = `/${encodeURIComponent(event.slug)}`
  const info = await showGallery(deps, { event, access })
  if (access !== 'open') return { answers: { [path]: info }, photos: [] }
  const [timeline, { rows, total }] = await Promise.all([
    showTimeline(deps, event.id),
    findPhotoPage(deps.db, event.id, { offset: 0, limit: FIRST_PHOTOS }),
  ])
  const photos = await showPhotos(deps, event, rows)
  return {
    answers: {
      [path]: info,
      [`${path}/timeline`]: timeline,
      [`${path}/photos?offset=0&limit=${FIRST_PHOTOS}`]: { total, photos },
    },
    photos,
  }
}
