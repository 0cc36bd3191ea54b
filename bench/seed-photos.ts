import type pg from 'pg'

const CHUNK = 100_000
/** Photos arrive over two days after the race … */
const ARRIVAL_MS = 48 * 3_600_000
/** … which took ten hours. */
const RACE_MS = 10 * 3_600_000
/** Prime and no divisor of the million: spreads capture times over the order of arrival as many cameras do. */
const STRIDE = 7919

/** Inserts the rows of finished photos as the product would have: the triggers count them. What a run before has written stays. */
export async function seedPhotos(
  client: pg.Client,
  { eventId, photos }: { eventId: number; photos: number },
  signal: AbortSignal,
): Promise<void> {
  const arrivedFrom = Date.now() - ARRIVAL_MS
  const racedFrom = arrivedFrom - RACE_MS
  for (let first = await countRows(client, 'photo', eventId); first < photos; first += CHUNK) {
    signal.throwIfAborted()
    await client.query(INSERT, [
      eventId,
      first,
      Math.min(first + CHUNK, photos) - 1,
      photos,
      arrivedFrom,
      ARRIVAL_MS,
      racedFrom,
      RACE_MS,
      STRIDE,
    ])
  }
  // What the server does by itself within minutes of such an import.
  await client.query('vacuum analyze photo')
  await client.query('vacuum analyze photo_count')
}

/** Rows that an event has; a chunk is written whole or not at all. */
export async function countRows(
  client: pg.Client,
  table: 'photo' | 'photo_bib' | 'face',
  eventId: number,
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${table} where event_id = $1`,
    [eventId],
  )
  return Number(rows[0]!.count)
}

/** An id begins with the milliseconds of `added_at`, then its version (7) and variant (8): UUIDv7. */
const INSERT = `
  insert into photo (event_id, id, file_name, sha256, bytes, content_type, original_key, status, added_at, width, height,
                     camera, wall_time, offset_minutes, captured_at, stamp_recipe, prepared_at, stamped_at, bibs_read_at,
                     faces_indexed_at)
  select event.id,
         (substr(lpad(to_hex(arrived), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15), 1, 32))::uuid,
         'IMG_' || i || '.jpg', sha256(int8send(i)), 8000000, 'image/jpeg', event.id || '/originals/' || i, 'done', added_at,
         6000, 4000, 'Camera ' || i % 12, captured_at at time zone 'UTC', 0, captured_at, event.stamp_recipe,
         added_at, added_at, added_at, added_at
  from generate_series($2::bigint, $3::bigint) as i
  join event on event.id = $1,
  lateral (select $5::bigint + i * $6::bigint / $4::bigint as arrived, md5(i::text) as hash) as a,
  lateral (select timestamptz 'epoch' + arrived * interval '1 millisecond' as added_at,
                  timestamptz 'epoch' + ($7::bigint + (i * $9::bigint % $4::bigint) * $8::bigint / $4::bigint)
                    * interval '1 millisecond' as captured_at) as b`
