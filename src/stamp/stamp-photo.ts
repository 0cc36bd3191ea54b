import type { Db } from '../db/connect.ts'
import { type Event, findEvent, findWatermarks } from '../events/index.ts'
import { decodePicture } from '../media/decode-picture.ts'
import type { Picture } from '../media/picture.ts'
import { sharp } from '../media/sharp.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { drawPreviews } from './draw-preview.ts'
import { previewKey } from './preview-keys.ts'
import { findStalePhotos, updateStamp } from './queries.ts'
import { textMark } from './text-mark.ts'
import { loadWatermark, type WatermarkArt } from './watermark-art.ts'

type PhotoRef = { eventId: number; photoId: string }
export type StampDeps = { db: Db; store: ObjectStore }

/** Draws and stores both previews of a photo with the event's mark. Safe to run again. */
export async function stampPhoto(
  { db, store }: StampDeps,
  { photo, picture }: { photo: PhotoRef; picture: Picture },
  signal: AbortSignal,
): Promise<void> {
  const event = await findEvent(db, photo.eventId)
  if (!event) return // deleted since
  const recipe = event.stampRecipe
  const previews = await drawPreviews(picture, await markFor(db, event, picture), signal)
  await Promise.all([
    store.put(previewKey(photo, recipe, 'large'), previews.large, signal),
    store.put(previewKey(photo, recipe, 'small'), previews.small, signal),
  ])
  if (!(await updateStamp(db, photo, recipe))) await removePreviews(store, photo, recipe)
}

const BATCH = 20

/**
 * Stamps again, from the originals, the photos of an event whose previews carry an old mark; then removes the old previews.
 * Nothing is recognised again. Works on one share of the photos, so that several workers divide an event without locks.
 */
export async function restampPhotos(
  deps: StampDeps,
  { eventId, share, shares }: { eventId: number; share: number; shares: number },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const stale = await findStalePhotos(deps.db, { eventId, share, shares, limit: BATCH })
    if (stale.length === 0) return
    for (const { id: photoId, originalKey, stampRecipe: old } of stale) {
      signal.throwIfAborted()
      const photo = { eventId, photoId }
      const bytes = originalKey ? await deps.store.read(originalKey) : undefined
      if (!bytes) throw new Error(`the original of photo ${photoId} is not in the store`)
      await stampPhoto(deps, { photo, picture: await decodePicture(bytes, { signal }) }, signal)
      if (old) await removePreviews(deps.store, photo, old)
    }
  }
}

/** Removes the previews of a deleted photo: those it had, and those that a restamping under way may just have made. */
export async function erasePreviews(
  { db, store }: StampDeps,
  { stampRecipe, ...photo }: PhotoRef & { stampRecipe: string | null },
): Promise<void> {
  const event = await findEvent(db, photo.eventId)
  for (const recipe of new Set([stampRecipe, event?.stampRecipe]))
    if (recipe) await removePreviews(store, photo, recipe)
}

async function removePreviews(store: ObjectStore, photo: PhotoRef, recipe: string): Promise<void> {
  await store.remove(previewKey(photo, recipe, 'large'))
  await store.remove(previewKey(photo, recipe, 'small'))
}

/** The event's mark as a transparent PNG of this size, to be laid over a clip. */
export async function drawOverlay(
  { db }: { db: Db },
  event: Event,
  size: { width: number; height: number },
): Promise<Buffer> {
  const pixels = await (await markFor(db, event, size)).draw(size)
  return sharp(pixels, { raw: { ...size, channels: 4 } })
    .png()
    .toBuffer()
}

/** Marks that were drawn from lately, by recipe and orientation: loading one parses its art. */
const marks = new Map<string, Promise<WatermarkArt>>()
const MAX_MARKS = 20

async function markFor(
  db: Db,
  event: Event,
  { width, height }: Pick<Picture, 'width' | 'height'>,
): Promise<WatermarkArt> {
  const orientation = height > width ? 'portrait' : 'landscape'
  const key = `${event.id}/${event.stampRecipe}/${orientation}`
  const known = marks.get(key)
  if (known) return known
  if (marks.size >= MAX_MARKS) marks.clear()
  const mark = loadMark(db, event, orientation)
  marks.set(key, mark)
  mark.catch(() => marks.delete(key))
  return mark
}

/** The mark of an event for photos of an orientation. */
export async function loadMark(db: Db, event: Event, orientation: string): Promise<WatermarkArt> {
  const art = await findWatermarks(db, event.id)
  const own = art.find((row) => row.orientation === orientation)
  const chosen = own ?? art.find((row) => row.orientation === 'any') ?? art[0]
  return chosen ? loadWatermark(chosen.art, chosen.contentType) : textMark(event.name)
}
