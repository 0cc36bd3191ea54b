import { Readable } from 'node:stream'
import type { Db } from '../db/connect.ts'
import { eventFolder, lockEvent } from '../events/index.ts'
import { newId } from '../lib/ids.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { FaceModel } from './engine/face-model.ts'
import {
  deleteFaceFile,
  deleteFaceFiles,
  type FaceFile,
  findFaceFile,
  findOutdatedFaceFiles,
  replaceFaceFile,
} from './file-queries.ts'
import { PackedFileUnfit, packFile, unpackFile } from './index/packed-file.ts'
import { createPackedIndex, type PackedIndex } from './index/packed-index.ts'
import { findRemovalsSince } from './queries.ts'

export type FaceFileDeps = { db: Db; store: ObjectStore }
type EventRef = { eventId: number; model: FaceModel }

/** Below the event's folder, so that it is erased with the event. */
const keyOf = ({ eventId, model, revision }: Omit<FaceFile, 'horizon'>) =>
  `${eventFolder(eventId)}/faces/${model}-${revision}`

/** Whether an object is such a file: it says again what rows say, and to the database alone that wrote it. */
export const isFaceFile = (key: string): boolean => /^events\/\d+\/faces\//.test(key)

/** Removals are told for a day: a file that took longer than this to write is not trusted. */
const MAX_WRITING_MS = 3_600_000

/**
 * Writes an index to a file and makes it the one that is loaded from now on. Searches and changes go on meanwhile.
 *
 * @param horizon all that was settled before it is in the index
 * @returns false when the event was deleted, or a face, while the file was written: it is gone again then
 */
export async function writeFaceFile(
  { db, store }: FaceFileDeps,
  { eventId, model, index, horizon }: EventRef & { index: PackedIndex; horizon: string },
): Promise<boolean> {
  const begun = performance.now()
  const file = { eventId, model: model.id, revision: newId(), horizon }
  const faces = index.size
  const title = titleOf(file, model)
  await store.put(keyOf(file), Readable.from(packFile(index, title), { objectMode: false }))
  try {
    const outcome = await db.transaction().execute(async (tx) => {
      if (!(await lockEvent(tx, eventId))) return undefined
      // A face that was removed meanwhile may be in the file, and the job that erases files with it may be over.
      const isOutdated = (await findRemovalsSince(tx, { eventId, horizon })).length > 0
      if (isOutdated || performance.now() - begun > MAX_WRITING_MS) return undefined
      return { before: await replaceFaceFile(tx, { ...file, faces }) }
    })
    if (!outcome) await store.remove(keyOf(file))
    else if (outcome.before) await store.remove(keyOf({ ...file, revision: outcome.before }))
    return outcome !== undefined
  } catch (error) {
    await store.remove(keyOf(file))
    throw error
  }
}

/**
 * The index of an event as its file has it, and since when changes must be asked for; undefined when there is no file or it is
 * damaged, which is then forgotten.
 */
export async function readFaceFile(
  { db, store }: FaceFileDeps,
  { eventId, model }: EventRef,
  signal?: AbortSignal,
): Promise<{ index: PackedIndex; horizon: string } | undefined> {
  const file = await findFaceFile(db, { eventId, model: model.id })
  if (!file) return undefined
  const { dimensions, quantiserReach: reach } = model
  const index = createPackedIndex({ dimensions, reach })
  try {
    const bytes = await store.open(keyOf(file))
    if (!bytes) throw new PackedFileUnfit('a packed file of faces is lost')
    await unpackFile(bytes, titleOf(file, model), index, signal)
  } catch (error) {
    index.dispose()
    signal?.throwIfAborted()
    // A store that does not answer holds up no search: the database has every face.
    if (error instanceof PackedFileUnfit) await eraseFile({ db, store }, file)
    return undefined
  }
  // One that was erased while it was read may have been too old for the removals that are still told.
  const isStill = (await findFaceFile(db, { eventId, model: model.id }))?.revision === file.revision
  if (isStill) return { index, horizon: file.horizon }
  index.dispose()
  return undefined
}

/** Erases the files of an event, as a photo of it was deleted whose faces they may hold: a server writes them anew. */
export async function eraseFaceFiles({ db, store }: FaceFileDeps, eventId: number): Promise<void> {
  for (const file of await deleteFaceFiles(db, eventId)) await store.remove(keyOf(file))
}

/** Erases files that hold faces removed long ago, or that nobody loads any more: before old removals are forgotten. */
export async function eraseOutdatedFaceFiles(deps: FaceFileDeps): Promise<void> {
  for (const file of await findOutdatedFaceFiles(deps.db)) await eraseFile(deps, file)
}

async function eraseFile({ db, store }: FaceFileDeps, file: FaceFile): Promise<void> {
  await deleteFaceFile(db, file)
  await store.remove(keyOf(file))
}

const titleOf = (
  { eventId, revision }: FaceFile,
  { id, dimensions, quantiserReach: reach }: FaceModel,
) => ({ eventId, model: id, revision, dimensions, reach })
