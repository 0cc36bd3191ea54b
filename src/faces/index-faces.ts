import type { Db } from '../db/connect.ts'
import type { Picture } from '../media/picture.ts'
import type { PhotoRef } from '../photos/index.ts'
import type { FoundFace } from './engine/found-face.ts'
import { replaceFaces } from './queries.ts'

export type FaceFinder = (picture: Picture, signal: AbortSignal) => Promise<FoundFace[]>

/** Finds and stores the faces of one photo. Safe to run again: new faces replace the old. */
export async function indexFaces(
  { db, faceFinder }: { db: Db; faceFinder: FaceFinder },
  { photo, picture }: { photo: PhotoRef; picture: Picture },
  signal: AbortSignal,
): Promise<void> {
  const faces = await faceFinder(picture, signal)
  await db.transaction().execute((tx) => replaceFaces(tx, photo, faces))
}
