import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Slice } from '../http/paging.ts'

/** How far each step is, by camera; those whose camera is not known yet, or who wrote none, have null. One pass over the event. */
export async function countSteps(db: Db, eventId: number) {
  const { rows } = await sql<
    { camera: string | null } & Record<
      'total' | 'stamped' | 'bibsRead' | 'facesIndexed' | 'done' | 'failed' | 'untimed',
      string
    >
  >`
    select camera, count(*) as total, count(stamped_at) as stamped, count(bibs_read_at) as bibs_read,
           count(faces_indexed_at) as faces_indexed,
           count(*) filter (where status = 'done') as done, count(*) filter (where status = 'failed') as failed,
           count(*) filter (where status = 'done' and captured_at is null) as untimed
    from photo where event_id = ${eventId} group by camera order by count(*) desc, camera`.execute(
    db,
  )
  return rows.map(({ camera, ...counts }) => ({
    camera,
    total: Number(counts.total),
    stamped: Number(counts.stamped),
    bibs_read: Number(counts.bibsRead),
    faces_indexed: Number(counts.facesIndexed),
    done: Number(counts.done),
    failed: Number(counts.failed),
    untimed: Number(counts.untimed),
  }))
}

/**
 * Photos that a bib or a face finds. Nearly all photos are done: counting all and taking off the others is one pass over an index, where
 * looking up each took 20 s for a million photos: photo_bib_by_photo, face_by_photo.
 */
export async function countFindable(db: Db, eventId: number) {
  const { rows } = await sql<Record<'withBib' | 'withFace', string>>`
    select
      (select count(*) from (select distinct photo_id from photo_bib where event_id = ${eventId}) as found)
        - (select count(*) from photo where event_id = ${eventId} and status <> 'done' and exists (
             select from photo_bib as shown where shown.event_id = photo.event_id and shown.photo_id = photo.id)) as with_bib,
      (select count(*) from (select distinct photo_id from face where event_id = ${eventId}) as found)
        - (select count(*) from photo where event_id = ${eventId} and status <> 'done' and exists (
             select from face where face.event_id = photo.event_id and face.photo_id = photo.id)) as with_face`.execute(
    db,
  )
  const row = rows[0]!
  return { withBib: Number(row.withBib), withFace: Number(row.withFace) }
}

/** Entrants of the start list, and those of them that a photo shows. Index: photo_bib_pkey. */
export async function countEntrants(db: Db, eventId: number) {
  const { rows } = await sql<Record<'total' | 'covered', string>>`
    select count(*) as total, count(*) filter (where exists (
      select from photo_bib as shown
      where shown.event_id = entrant.event_id and shown.bib_key = entrant.bib_key)) as covered
    from participant as entrant where event_id = ${eventId}`.execute(db)
  const row = rows[0]!
  return { total: Number(row.total), covered: Number(row.covered) }
}

/**
 * Entrants that no photo shows, by bib, numbers in their order, and how many there are: each entrant is looked up once, 5 µs on a machine
 * of two cores, so 50,000 take a quarter of a second. Counts kept for each bib would be quicker, and written with every photo.
 * Index: photo_bib_pkey.
 */
export async function findUncovered(db: Db, eventId: number, { offset, limit }: Slice) {
  const { rows } = await sql<{
    bib: string | null
    name: string | null
    category: string | null
    total: string
  }>`
    with uncovered as materialized (
      select bib, name, category, bib_key from participant as entrant
      where event_id = ${eventId} and not exists (
        select from photo_bib as shown
        where shown.event_id = entrant.event_id and shown.bib_key = entrant.bib_key)
    ), page as (
      select * from uncovered order by length(bib_key), bib_key offset ${offset} limit ${limit}
    )
    select page.bib, page.name, page.category, counted.total
    from (select count(*) as total from uncovered) as counted left join page on true
    order by length(bib_key), bib_key`.execute(db)
  const entrants = rows.flatMap(({ bib, name, category }) =>
    bib === null ? [] : [{ bib, name, category }],
  )
  return { entrants, total: Number(rows[0]!.total) }
}

/** First and last capture time. Index: photo_timed. */
export const findSpan = (db: Db, eventId: number) =>
  db
    .selectFrom('photo')
    .select(({ fn }) => [fn.min('capturedAt').as('first'), fn.max('capturedAt').as('last')])
    .where('eventId', '=', eventId)
    .where('status', '=', 'done')
    .where('capturedAt', 'is not', null)
    .executeTakeFirst()

/** Photos of each camera in each stretch of time that has any. */
export async function countByTimeAndCamera(db: Db, eventId: number, bucketSeconds: number) {
  const { rows } = await sql<{ start: Date; camera: string | null; photos: string }>`
    select date_bin(make_interval(secs => ${bucketSeconds}), captured_at, 'epoch') as start, camera, count(*) as photos
    from photo where event_id = ${eventId} and status = 'done' and captured_at is not null
    group by 1, 2 order by 1, 2`.execute(db)
  return rows.map(({ start, camera, photos }) => ({
    start: start.toISOString(),
    camera,
    photos: Number(photos),
  }))
}
