import type pg from 'pg'
import { countRows } from './seed-photos.ts'
import { fillRandomly } from './unit-vectors.ts'

type Size = { eventId: number; photos: number; faces: number; entrants: number }

const CHUNK = 250_000
/** Faces take their vectors from so many random ones: a scan costs the same whatever it compares. */
const VECTORS = 10_000
const DIMENSIONS = 128
/** Prime: neighbours in time have different vectors and bibs. */
const STRIDE = 7919

/**
 * Writes bibs (two a photo), a start list and faces beside the photo rows of an event, as finished photos have them. Foreign keys
 * are not checked while it writes, for the rows it refers to are those it has just read.
 */
export async function seedEvidence(
  client: pg.Client,
  { eventId, photos, faces, entrants }: Size,
  signal: AbortSignal,
): Promise<void> {
  if ((await countRows(client, 'face', eventId)) >= faces) return
  await client.query(`set session_replication_role = replica; set synchronous_commit = off`)
  await client.query(`create temporary table photo_at (i integer primary key, id uuid not null);
    create temporary table vector_at (i integer primary key, embedding bytea not null)`)
  await client.query(
    `insert into photo_at select row_number() over (order by id) - 1, id from photo where event_id = $1`,
    [eventId],
  )
  await client.query(
    `insert into vector_at select i - 1, embedding from unnest($1::bytea[]) with ordinality as v (embedding, i)`,
    [makeVectors()],
  )
  await client.query('analyze photo_at; analyze vector_at')
  if ((await countRows(client, 'photo_bib', eventId)) === 0) {
    await client.query('begin')
    await client.query(
      `insert into participant (event_id, bib_key, bib, name) select $1, i, i, 'Runner ' || i from generate_series(1, $2) as i`,
      [eventId, entrants],
    )
    await client.query(BIBS, [eventId, entrants, STRIDE])
    await client.query('commit')
  }
  const perPhoto = faces / photos
  for (let first = await countRows(client, 'face', eventId); first < faces; first += CHUNK) {
    signal.throwIfAborted()
    const last = Math.min(first + CHUNK, faces) - 1
    await client.query(FACES, [eventId, first, last, perPhoto, VECTORS, STRIDE])
  }
  await client.query('drop table photo_at; drop table vector_at; reset session_replication_role')
  for (const table of ['photo_bib', 'bib_read', 'participant', 'face'])
    await client.query(`vacuum analyze ${table}`)
}

const BIBS = `
  with evidence as (
    select id as photo_id, ordinal, ((i * $3::bigint + ordinal * 104729) % $2 + 1)::text as bib
    from photo_at, generate_series(0, 1) as ordinal
  ), reads as (
    insert into bib_read (event_id, photo_id, ordinal, source, kind, text, full_text, score, box)
    select $1, photo_id, ordinal, 'engine', 'digits', bib, bib, 0.95, '{2000,1800,300,150}' from evidence
  )
  insert into photo_bib (event_id, bib_key, photo_id, bib, score, box)
  select $1, bib, photo_id, bib, 0.95, '{2000,1800,300,150}' from evidence
  on conflict do nothing`

const FACES = `
  insert into face (event_id, photo_id, score, quality, box, landmarks, embedding, model)
  select $1, photo_at.id, 0.9, 0.8, '{2100,900,220,280}', '{2160,1000,2260,1000,2210,1060,2170,1110,2250,1110}',
         vector_at.embedding, searched_face_model($1)
  from generate_series($2::bigint, $3::bigint) as f
  join photo_at on photo_at.i = floor(f / $4::float8)
  join vector_at on vector_at.i = f * $6::bigint % $5::bigint`

function makeVectors(): Buffer[] {
  const all = new Float32Array(VECTORS * DIMENSIONS)
  fillRandomly(all, DIMENSIONS)
  return Array.from({ length: VECTORS }, (_, i) =>
    Buffer.from(all.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS).buffer),
  )
}
