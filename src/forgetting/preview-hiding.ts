import { findBibsOfPhotos } from '../bibs/index.ts'
import { type Event, eventNotFound, findEvent } from '../events/index.ts'
import type { HidingRef } from '../hiding/index.ts'
import { findPhotosById, type PhotoRow } from '../photos/index.ts'
import { requireHiding } from './confirm-hiding.ts'
import { type FindDeps, findPerson } from './find-person.ts'

/** As many as an organiser looks at before deciding. */
const SAMPLES = 12
const BIBS = 5

export type HidingPreview = {
  photos: number
  videoPasses: number
  /** The numbers that these photos show most often, each with how many of them. */
  bibs: { bib: string; photos: number }[]
  /** Taken evenly from all, in order of time; boxes in pixels of the displayed original. */
  samples: { photo: PhotoRow; boxes: (readonly number[])[] }[]
}

/**
 * What a hiding would remove if it were confirmed now, so that an organiser sees whom it concerns. Compares in memory and changes
 * nothing; of one that is done nothing is left to find.
 *
 * @throws event_not_found, hiding_not_found
 */
export async function previewHiding(
  deps: FindDeps,
  ref: HidingRef,
  signal: AbortSignal,
): Promise<HidingPreview> {
  const { db } = deps
  const event = await findEvent(db, ref.eventId)
  if (!event) throw eventNotFound(ref.eventId)
  const hiding = await requireHiding(db, ref)
  const found = await findPerson(deps, { event, hiding }, signal)
  const places = Map.groupBy(
    [
      ...found.faces.map(({ photoId, box }) => ({ photoId, boxes: [box] })),
      ...found.bibs.filter(({ boxes }) => boxes.length > 0),
    ],
    ({ photoId }) => photoId,
  )
  // Ids begin with the time of arrival, so that some taken at equal steps are from all of the event.
  const ids = [...places.keys()].sort()
  const step = Math.max(1, ids.length / SAMPLES)
  const chosen = Array.from(
    { length: Math.min(SAMPLES, ids.length) },
    (_, i) => ids[Math.floor(i * step)]!,
  )
  const photos = await findPhotosById(db, event.id, chosen)
  return {
    photos: ids.length,
    videoPasses: found.threads.length,
    bibs: await countBibs(deps, event, ids),
    samples: photos
      .toSorted((a, b) => (a.capturedAt?.valueOf() ?? 0) - (b.capturedAt?.valueOf() ?? 0))
      .map((photo) => ({
        photo,
        boxes: (places.get(photo.id) ?? []).flatMap(({ boxes }) => boxes),
      })),
  }
}

async function countBibs({ db }: Pick<FindDeps, 'db'>, event: Event, ids: string[]) {
  if (ids.length === 0) return []
  const counts = new Map<string, number>()
  for (const { bib } of await findBibsOfPhotos(db, event.id, ids))
    counts.set(bib, (counts.get(bib) ?? 0) + 1)
  return [...counts]
    .map(([bib, photos]) => ({ bib, photos }))
    .toSorted((a, b) => b.photos - a.photos)
    .slice(0, BIBS)
}
