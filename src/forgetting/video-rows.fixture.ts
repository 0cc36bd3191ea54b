import type { Context } from '../context.ts'
import { FACE_MODEL, toBytes } from '../faces/index.ts'
import { newId } from '../lib/ids.ts'

/**
 * Rows of an indexed video in which one person passes, searched by selfie, with a clip of the passing.
 *
 * @param addedAt when the video arrived and the search was made
 */
export async function addPassing(
  { pool, store }: Pick<Context, 'pool' | 'store'>,
  eventId: number,
  { face, bib, addedAt = new Date() }: { face: Float32Array; bib?: string; addedAt?: Date },
) {
  const [videoId, trackId, searchId, clipId] = [0, 1, 2, 3].map(() => newId(addedAt.valueOf()))
  const insert = (text: string, values: unknown[]) => pool.query(text, values)
  await insert(
    `insert into video (event_id, id, file_name, sha256, bytes, status, added_at, duration, recorded_at)
     values ($1, $2, 'v.mp4', $3, 1, 'done', $4, 60, $4)`,
    [eventId, videoId, Buffer.from(videoId ?? ''), addedAt],
  )
  await insert(
    'insert into video_segment (event_id, video_id, ordinal, start_seconds, end_seconds) values ($1, $2, 0, 0, 60)',
    [eventId, videoId],
  )
  await insert(
    `insert into video_track (event_id, id, video_id, segment, thread, start_seconds, end_seconds, path)
     values ($1, $2, $3, 0, $2, 1, 5, '{1,0,0,1,1}')`,
    [eventId, trackId, videoId],
  )
  await insert(
    'insert into video_face (event_id, track_id, ordinal, seconds, quality, embedding, model) values ($1, $2, 0, 2, 0.9, $3, $4)',
    [eventId, trackId, toBytes(face), FACE_MODEL.id],
  )
  if (bib !== undefined)
    await insert(
      `insert into video_bib_read (event_id, track_id, ordinal, seconds, kind, text, full_text, score, bib_key)
       values ($1, $2, 0, 2, 'digits', $3, $3, 0.99, $3)`,
      [eventId, trackId, bib],
    )
  await insert(
    'insert into video_match (event_id, request_id, track_id, percentage) values ($1, $2, $3, 99)',
    [eventId, searchId, trackId],
  )
  await insert(
    `insert into video_search (event_id, id, kind, created_at) values ($1, $2, 'selfie', $3)`,
    [eventId, searchId, addedAt],
  )
  await insert(
    `insert into video_clip (event_id, id, video_id, recipe, start_seconds, end_seconds, format, is_encoded, status, created_at)
     values ($1, $2, $3, 'r', 1, 5, 'source', false, 'ready', $4)`,
    [eventId, clipId, videoId, addedAt],
  )
  await insert(
    `insert into video_moment (event_id, search_id, ordinal, video_id, rank, start_seconds, end_seconds, percentage, thread, clip_id)
     values ($1, $2, 0, $3, 1, 1, 5, 99, $4, $5)`,
    [eventId, searchId, videoId, trackId, clipId],
  )
  const clipKey = `events/${eventId}/videos/${videoId}/clips/${clipId}.mp4`
  await store.put(clipKey, Buffer.from('a clip'))
  return { videoId: videoId ?? '', clipId: clipId ?? '', clipKey }
}

/** How many rows of an event some tables have. */
export async function countRows(
  { pool }: Pick<Context, 'pool'>,
  eventId: number,
  tables: readonly string[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const { rows } = await pool.query(
      `select count(*)::int as n from ${table} where event_id = $1`,
      [eventId],
    )
    counts[table] = rows[0].n
  }
  return counts
}
