import type { Event } from '../events/index.ts'
import { type PhotoRow, previewUrl } from '../photos/index.ts'
import { localTime } from './local-time.ts'
import type { GalleryPhoto } from './schema.ts'

export const galleryPhotoView =
  ({ timezone, bibSearch }: Event, bibs: ReadonlyMap<string, readonly string[]>) =>
  (photo: PhotoRow): GalleryPhoto => ({
    id: photo.id,
    thumb_url: previewUrl('', 'small', photo),
    preview_url: previewUrl('', 'large', photo),
    width: photo.width ?? 1,
    height: photo.height ?? 1,
    captured_at: photo.capturedAt?.toISOString() ?? null,
    local_time: photo.capturedAt && localTime(photo.capturedAt, timezone),
    bibs: bibSearch ? [...(bibs.get(photo.id) ?? [])] : [],
  })

type Listed = {
  event: Event
  photos: number
  cover: PhotoRow | undefined
}

export const galleryListView = ({ event, photos, cover }: Listed) => ({
  slug: event.slug,
  name: event.name,
  date: event.date,
  photo_count: photos,
  cover_url: cover ? previewUrl('', 'large', cover) : null,
})
