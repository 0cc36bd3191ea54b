import type { Db, Tx } from '../db/connect.ts'
import type { Orientation } from '../db/tables.ts'
import {
  eventNotFound,
  findWatermarks,
  lockEvent,
  stampRecipeOf,
  updateEvent,
} from '../events/index.ts'
import { deleteWatermarks, replaceWatermark } from './queries.ts'
import { loadWatermark } from './watermark-art.ts'

export type WatermarkDeps = { db: Db; restamp: (tx: Tx, eventId: number) => Promise<void> }
/** A designer's file, as it was sent. */
export type ArtFile = { contentType: 'image/png' | 'image/svg+xml'; art: Buffer }
type NewArt = ArtFile & { orientation: Orientation }

/**
 * Gives an event its own art, or (`undefined`) the plain text mark again. Previews follow by jobs, from the stored originals.
 *
 * @throws watermark_invalid, event_not_found
 */
export async function setWatermark(
  { db, restamp }: WatermarkDeps,
  eventId: number,
  art: NewArt | undefined,
): Promise<void> {
  if (art) await loadWatermark(art.art, art.contentType)
  await db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId)
    if (!event) throw eventNotFound(eventId)
    if (art) await replaceWatermark(tx, { eventId, ...art })
    else await deleteWatermarks(tx, eventId)
    const stampRecipe = stampRecipeOf({ name: event.name, art: await findWatermarks(tx, eventId) })
    if (stampRecipe === event.stampRecipe) return
    await updateEvent(tx, eventId, { stampRecipe })
    await restamp(tx, eventId)
  })
}
