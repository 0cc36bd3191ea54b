import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { addEvent, EXT, startSystem, untilIdle } from '../../test/test-deps.ts'
import { hasFfmpeg, makeVideo } from '../../test/videos.ts'
import { newId } from '../lib/ids.ts'
import { clipKey, storeVideo, videoKey } from '../motion/index.ts'
import { followUps } from '../pipeline.ts'
import { verify } from './verify.ts'

test.skipIf(!hasFfmpeg)(
  'videos, segments and clips that are missing, forgotten or left over are found and mended',
  async () => {
    const system = await startSystem()
    const { context, folder, ok } = system
    const { db, store, queue, pool } = context
    const eventId = await addEvent(system, { video_search: true, timeline_search: true })
    const follow = followUps(queue.enqueue)
    const add = async (name: string, seconds: number) => {
      const path = await makeVideo(join(folder, name), { seconds })
      const body = Readable.from([await readFile(path)])
      const recordedAt = '2026-06-14T08:00:00Z'
      const video = { eventId, fileName: name, recordedAt, body }
      return storeVideo({ db, store, ...follow, maxVideoBytes: 2 ** 30 }, video)
    }
    const { videoId: whole } = await add('a.mp4', 62)
    const { videoId: lost } = await add('b.mp4', 2)
    await untilIdle(system, eventId)
    const from = Date.parse('2026-06-14T08:00:03Z') / 1000
    const path = `${EXT}/event/${eventId}/video-clipping/search-by-time`
    for (const start of [from, from + 10])
      await ok('POST', path, { json: { from: start, to: start + 2 } })
    await untilIdle(system, eventId)

    const problems: string[] = []
    const run = (repair: boolean) =>
      verify({ db, store, ...queue, ...follow }, { repair, report: (line) => problems.push(line) })
    const well = { lostOriginals: 0, forgottenVideos: 0, missingClips: 0, forgottenClips: 0 }
    const allIsWell = { videos: 2, objects: 6, strayObjects: 0, ...well }
    expect(await run(false)).toMatchObject(allIsWell)

    // Another object under a video's folder than ours is counted, not judged.
    await store.put(`events/${eventId}/videos/${whole}/other`, Buffer.from('x'))
    await store.remove(videoKey({ eventId, videoId: lost }))
    const { rows } = await pool.query(
      'select id, video_id as "videoId" from video_clip order by id',
    )
    const [fileless, forgotten] = rows.map((row) => ({ ...row, eventId }))
    await store.remove(clipKey(fileless, 'jpg'))
    await pool.query(`update video_clip set status = 'processing' where id = $1`, [forgotten.id])
    await pool.query(`update video set status = 'indexing' where id = $1`, [whole])
    await pool.query(
      `update video_segment set indexed_at = null where video_id = $1 and ordinal = 1`,
      [whole],
    )
    const yesterday = new Date(Date.now() - 86_400_000)
    const left = [
      videoKey({ eventId, videoId: newId() }),
      clipKey({ eventId, videoId: whole, id: newId() }, 'mp4'),
    ]
    for (const key of left) {
      await store.put(key, Buffer.from('x'))
      await utimes(join(folder, 'objects', key), yesterday, yesterday)
    }

    const wrong = {
      lostOriginals: 1,
      forgottenVideos: 1,
      missingClips: 1,
      forgottenClips: 1,
      strayObjects: 2,
    }
    expect(await run(false)).toMatchObject(wrong)
    expect(problems).toHaveLength(6)
    expect(await run(true)).toMatchObject(wrong)
    await untilIdle(system, eventId)
    expect(await run(false)).toMatchObject({ ...allIsWell, objects: 6, lostOriginals: 1 })
    for (const key of left) expect(await store.stat(key)).toBeUndefined()
    expect(await store.stat(clipKey(fileless, 'jpg'))).toBeDefined()
    const { rows: videos } = await pool.query('select status from video where id = $1', [whole])
    expect(videos).toEqual([{ status: 'done' }])
  },
  120_000,
)
