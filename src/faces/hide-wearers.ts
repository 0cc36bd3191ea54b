import type { Tx } from '../db/connect.ts'
import type { PhotoRef } from '../photos/index.ts'
import { forgetFaces } from './forget-person.ts'
import { findFacesIn } from './forget-queries.ts'
import { wearerOf } from './wearers.ts'

/** Removes from a photo the faces of those who wear hidden bibs. */
export async function hideWearers(
  tx: Tx,
  { eventId, photoId }: PhotoRef,
  worn: readonly { hidingId: string; box: readonly number[] }[],
): Promise<void> {
  const rows = await findFacesIn(tx, eventId, [photoId])
  const byModel = [...Map.groupBy(rows, ({ model }) => model).values()]
  for (const { hidingId, box } of worn) {
    const faces = byModel.flatMap((faces) => wearerOf(box, faces) ?? [])
    if (faces.length > 0) await forgetFaces(tx, { eventId, hidingId }, faces)
  }
}
