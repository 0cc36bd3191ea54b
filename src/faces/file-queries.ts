import { sql } from 'kysely'
import type { Db, Tx } from '../db/connect.ts'

export type FaceFile = { eventId: number; model: string; revision: string; horizon: string }

/** The packed file of an event's faces; none that another database wrote. */
export const findFaceFile = (
  db: Db,
  { eventId, model }: { eventId: number; model: string },
): Promise<FaceFile | undefined> =>
  db
    .selectFrom('faceFile')
    .select(['eventId', 'model', 'revision', 'horizon'])
    .where('eventId', '=', eventId)
    .where('model', '=', model)
    .where('cluster', '=', sql<string>`database_history()`)
    .executeTakeFirst()

/** Makes a file that of its event and model; gives the revision of the one before. */
export async function replaceFaceFile(
  tx: Tx,
  file: FaceFile & { faces: number },
): Promise<string | undefined> {
  const before = await tx
    .selectFrom('faceFile')
    .select('revision')
    .where('eventId', '=', file.eventId)
    .where('model', '=', file.model)
    .forUpdate()
    .executeTakeFirst()
  const row = { ...file, cluster: sql<string>`database_history()`, writtenAt: sql<Date>`now()` }
  await tx
    .insertInto('faceFile')
    .values(row)
    .onConflict((conflict) => conflict.columns(['eventId', 'model']).doUpdateSet(row))
    .execute()
  return before?.revision
}

/** Forgets the files of an event; gives them, so that their objects can be removed. */
export const deleteFaceFiles = (db: Db, eventId: number): Promise<FaceFile[]> =>
  db
    .deleteFrom('faceFile')
    .where('eventId', '=', eventId)
    .returning(['eventId', 'model', 'revision', 'horizon'])
    .execute()

/** Forgets one file, if it is still that of its event. */
export const deleteFaceFile = (db: Db, { eventId, revision }: FaceFile) =>
  db
    .deleteFrom('faceFile')
    .where('eventId', '=', eventId)
    .where('revision', '=', revision)
    .execute()

/**
 * Files that hold a face which was removed an hour ago or longer, whose model nobody searches, or of another database's history.
 */
export const findOutdatedFaceFiles = (db: Db): Promise<FaceFile[]> =>
  db
    .selectFrom('faceFile as file')
    .select(['file.eventId', 'file.model', 'file.revision', 'file.horizon'])
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('file.cluster', '<>', sql<string>`database_history()`),
        eb('file.model', '<>', sql<string>`searched_face_model(file.event_id)`),
        exists(
          selectFrom('faceRemoval as removal')
            .select('removal.faceId')
            .whereRef('removal.eventId', '=', 'file.eventId')
            .whereRef('removal.removedIn', '>=', 'file.horizon')
            .where('removal.removedAt', '<', sql<Date>`now() - interval '1 hour'`),
        ),
      ]),
    )
    .execute()
