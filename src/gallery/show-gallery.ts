import type { Db } from '../db/connect.ts'
import { type Event, isOn } from '../events/index.ts'
import { countPhotos, findCoverPhotos } from '../photos/index.ts'
import type { Access } from './access.ts'
import { countByMinute, countShownPhotos, findPublicEvents } from './queries.ts'
import type { Gallery } from './schema.ts'
import { galleryListView } from './views.ts'

/** More than a front page shows; nobody has held so many public races yet. */
const MAX_LISTED = 500

/** The events that everybody may see, each with its first photo. */
export async function listGalleries({ db }: { db: Db }) {
  const events = await findPublicEvents(db, MAX_LISTED)
  const ids = events.map(({ id }) => id)
  const [counts, covers] = await Promise.all([countShownPhotos(db, ids), findCoverPhotos(db, ids)])
  const coverOf = new Map(covers.map((photo) => [photo.eventId, photo]))
  return events.map((event) =>
    galleryListView({ event, photos: counts.get(event.id) ?? 0, cover: coverOf.get(event.id) }),
  )
}

/** Whether an event has videos that a server can show, which takes ffmpeg: without any, pages do not ask for clips. */
export type HasVideos = (eventId: number) => Promise<boolean>

/** What a page must know of a gallery before it shows anything. One that is locked tells its name and what it needs. */
export async function showGallery(
  { db, hasVideos }: { db: Db; hasVideos: HasVideos },
  { event, access }: { event: Event; access: Access },
): Promise<Gallery> {
  const isOpen = access === 'open'
  const isFilmed = isOn(event, 'video_search') && (await hasVideos(event.id))
  return {
    slug: event.slug,
    name: event.name,
    date: event.date,
    timezone: event.timezone,
    access,
    photo_count: isOpen ? await countPhotos(db, event.id, ['timed', 'untimed']) : 0,
    searches: {
      bib: event.bibSearch,
      name: event.nameSearch,
      selfie: isOn(event, 'selfie_search'),
      time: event.timelineSearch,
      video: isFilmed,
      video_selfie: isFilmed && isOn(event, 'video_selfie_search'),
    },
    downloads: event.galleryDownloads,
    hide_by_selfie: event.biometrics !== 'none',
    selfie_days: event.selfieDays,
  }
}

/** How many photos were taken in each minute; those without a time stand behind all others. */
export async function showTimeline({ db }: { db: Db }, eventId: number) {
  const [minutes, untimed] = await Promise.all([
    countByMinute(db, eventId),
    countPhotos(db, eventId, ['untimed']),
  ])
  const timed = minutes.reduce((sum, [, photos]) => sum + photos, 0)
  return { total: timed + untimed, untimed, minutes }
}
