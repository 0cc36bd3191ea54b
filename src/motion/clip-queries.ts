import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.ts'

export type Clip = Selectable<Tables['videoClip']>
export type MomentRow = Selectable<Tables['videoMoment']>
export type SearchRef = { eventId: number; requestId: string }
export type ClipRef = { eventId: number; clipId: string }

/** Adds a clip unless one of the same recipe is there. @returns it, and whether it is new */
export async function insertClip(
  db: Db,
  clip: Insertable<Tables['videoClip']>,
): Promise<{ clip: Clip; isNew: boolean }> {
  const added = await db
    .insertInto('videoClip')
    .values(clip)
    .onConflict((conflict) => conflict.columns(['eventId', 'videoId', 'recipe']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (added) return { clip: added, isNew: true }
  const there = await db
    .selectFrom('videoClip')
    .selectAll()
    .where('eventId', '=', clip.eventId)
    .where('videoId', '=', clip.videoId)
    .where('recipe', '=', clip.recipe)
    .executeTakeFirstOrThrow()
  return { clip: there, isNew: false }
}

/** A clip whose event is not deleted. */
export const findClip = (db: Db, { eventId, clipId }: ClipRef): Promise<Clip | undefined> =>
  db
    .selectFrom('videoClip as clip')
    .innerJoin('event', 'event.id', 'clip.eventId')
    .selectAll('clip')
    .where('clip.eventId', '=', eventId)
    .where('clip.id', '=', clipId)
    .where('event.deletedAt', 'is', null)
    .executeTakeFirst()

/** False when the clip is gone. */
export async function updateClip(
  db: Db,
  { eventId, clipId }: ClipRef,
  change: Updateable<Tables['videoClip']>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('videoClip')
    .set(change)
    .where('eventId', '=', eventId)
    .where('id', '=', clipId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when another search took the id first; then nothing is written. */
export async function insertVideoSearch(
  db: Db,
  { eventId, requestId }: SearchRef,
  { kind, footage }: { kind: 'selfie' | 'bib' | 'time'; footage: string },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('videoSearch')
    .values({ eventId, id: requestId, kind, footage })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Notes which footage a search has been through, and holds its row. False when it is gone, or has been through the same. */
export async function updateFootage(
  db: Db,
  { eventId, requestId }: SearchRef,
  footage: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('videoSearch')
    .set({ footage })
    .where('eventId', '=', eventId)
    .where('id', '=', requestId)
    .where('footage', '!=', footage)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export const findVideoSearch = (db: Db, { eventId, requestId }: SearchRef) =>
  db
    .selectFrom('videoSearch')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', requestId)
    .executeTakeFirst()

export const deleteVideoSearch = (db: Db, { eventId, requestId }: SearchRef) =>
  db.deleteFrom('videoSearch').where('eventId', '=', eventId).where('id', '=', requestId).execute()

export async function insertMoments(
  db: Db,
  moments: readonly Insertable<Tables['videoMoment']>[],
): Promise<void> {
  const ROWS = 1000
  for (let at = 0; at < moments.length; at += ROWS)
    await db
      .insertInto('videoMoment')
      .values(moments.slice(at, at + ROWS))
      .execute()
}

export type MomentWithClip = MomentRow & { clip: Clip | undefined }

/** The moments of a search, best of each video first, with their clips. Index: video_moment (event_id, search_id, ordinal). */
export async function findMoments(
  db: Db,
  { eventId, requestId }: SearchRef,
): Promise<MomentWithClip[]> {
  const moments = await db
    .selectFrom('videoMoment')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('searchId', '=', requestId)
    .orderBy('ordinal')
    .execute()
  const ids = moments.flatMap(({ clipId }) => clipId ?? [])
  const clips = await db
    .selectFrom('videoClip')
    .selectAll()
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  const byId = new Map(clips.map((clip) => [clip.id, clip]))
  return moments.map((moment) => ({ ...moment, clip: byId.get(moment.clipId ?? '') }))
}

/** True for a moment or a clip of one of these persons. */
export const shows = (threads: readonly string[]) =>
  sql<boolean>`(thread = any(${threads}::uuid[]) or other_threads && ${threads}::uuid[])`

/** Clips of persons, whoever asked for them: those cut for a moment in which one of them was found. */
export const findClipsOfThreads = (db: Db, eventId: number, threads: readonly string[]) =>
  db
    .selectFrom('videoClip')
    .select(['id', 'videoId'])
    .where('eventId', '=', eventId)
    .where((eb) =>
      eb.or([
        shows(threads),
        eb('id', 'in', (sub) =>
          sub
            .selectFrom('videoMoment')
            .select('clipId')
            .where('eventId', '=', eventId)
            .where('clipId', 'is not', null)
            .where(shows(threads))
            .$castTo<{ clipId: string }>(),
        ),
      ]),
    )
    .execute()

export const deleteClips = (db: Db, eventId: number, clipIds: readonly string[]) =>
  db
    .deleteFrom('videoClip')
    .where('eventId', '=', eventId)
    .where('id', '=', sql<string>`any(${clipIds}::uuid[])`)
    .execute()
