import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MANAGE, startSystem, untilIdle } from '../../test/test-deps.ts'
import { hasFfmpeg } from '../../test/videos.ts'
import { makeNumberedVideo, squareRecognition } from '../../test/web/numbered-video.ts'
import { addClipEvent, cutByTime, PATIENCE_MS, uploadVideo } from './clips.fixture.ts'

const RECORDED = new Date('2026-06-14T08:00:00Z')
/** Two segments: 30 s, and more than half as much. */
const SECONDS = 46

describe.skipIf(!hasFfmpeg)('videos that failed', async () => {
  if (!hasFfmpeg) return
  /** How many pictures the engine looks at before it breaks. */
  let looksLeft = Number.POSITIVE_INFINITY
  /** The only folder where the system finds ffmpeg and ffprobe. */
  const tools = await mkdtemp(join(tmpdir(), 'trackside-tools-'))
  const install = (tool: string) =>
    symlink(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(tools, tool))
  const system = await startSystem(
    {
      ...squareRecognition,
      faceLocator: async (...args) => {
        if (looksLeft-- <= 0) throw new Error('the engine broke')
        return squareRecognition.faceLocator(...args)
      },
    },
    { toolEnvironment: { PATH: tools } },
  )
  const { ok, call, folder, context } = system
  afterAll(() => rm(tools, { recursive: true }))
  const film = join(folder, 'film.mp4')

  beforeAll(async () => {
    await context.pool.query(
      "update pgboss.queue set retry_limit = 0 where name in ('motion.probe', 'motion.index')",
    )
    await install('ffmpeg')
    await install('ffprobe')
    await makeNumberedVideo(film, SECONDS)
  }, PATIENCE_MS)

  const videosOf = (event: number) => `${MANAGE}/event/${event}/videos`
  const list = async (event: number) => (await ok('GET', videosOf(event))).videos
  const upload = async (event: number, file = film) => {
    const id = await uploadVideo(system, event, { file, name: 'film.mp4', recordedAt: RECORDED })
    await untilIdle(system, event, PATIENCE_MS)
    return id
  }
  /** Who was found and where, without the ids, which differ by run. */
  const tracksOf = async (event: number) => {
    const { rows } = await context.pool.query(
      `select segment, start_seconds, end_seconds, path, (thread <> id) as goes_on,
              (select count(*)::int from video_face face
               where face.event_id = track.event_id and face.track_id = track.id) as faces
       from video_track track where event_id = $1 order by segment, start_seconds`,
      [event],
    )
    return rows
  }

  test(
    'one that broke half-way is indexed again as a whole: nothing is doubled, clips are as after a first run',
    async () => {
      const whole = await addClipEvent(system)
      await upload(whole)
      const event = await addClipEvent(system)
      looksLeft = 200 // the first segment has 150
      const id = await upload(event)
      looksLeft = Number.POSITIVE_INFINITY
      expect(await list(event)).toMatchObject([
        { status: 'failed', error_code: 'internal_error', progress: 0.5 },
      ])

      expect(await ok('POST', `${videosOf(event)}/${id}/retry`)).toEqual({ retried: 1 })
      await untilIdle(system, event, PATIENCE_MS)
      expect(await list(event)).toMatchObject([
        { video_id: id, status: 'done', error: null, error_code: null, progress: 1 },
      ])
      const tracks = await tracksOf(event)
      expect(new Set(tracks.map(({ segment }) => segment))).toEqual(new Set([0, 1]))
      expect(tracks).toEqual(await tracksOf(whole))
      const from = RECORDED.valueOf() / 1000 + 20
      const [first, again] = [
        await cutByTime(system, whole, { from, to: from + 4 }),
        await cutByTime(system, event, { from, to: from + 4 }),
      ].map(({ clip_url }) => new URL(clip_url))
      const bytesOf = async (url: URL) =>
        (await call('GET', url.pathname + url.search, { key: null })).bytes
      expect(await bytesOf(again!)).toEqual(await bytesOf(first!))
    },
    PATIENCE_MS,
  )

  test(
    'all of an event whose file was kept are tried again; one that did not fail or was refused says why not',
    async () => {
      const event = await addClipEvent(system)
      const fine = await upload(event)
      looksLeft = 0
      const copy = join(folder, 'copy.mp4')
      await makeNumberedVideo(copy, 3)
      const broken = await upload(event, copy)
      looksLeft = Number.POSITIVE_INFINITY
      const text = join(folder, 'text.mp4')
      await writeFile(text, 'no video at all')
      const sent = { file: text, name: 'text.mp4', recordedAt: RECORDED }
      await expect(uploadVideo(system, event, sent)).rejects.toThrow('422')
      const refused = (await list(event)).at(-1).video_id

      const retry = async (videoId: string) => {
        const { status, headers, body } = await call('POST', `${videosOf(event)}/${videoId}/retry`)
        return [status, headers['x-error-code'], body.message]
      }
      expect(await retry(fine)).toEqual([
        409,
        'retry_not_possible',
        expect.stringContaining('has not failed'),
      ])
      expect(await retry(refused)).toEqual([
        409,
        'retry_not_possible',
        expect.stringContaining('send it again'),
      ])
      expect((await retry('nothing')).slice(0, 2)).toEqual([404, 'video_not_found'])
      expect(await ok('POST', `${videosOf(event)}/retry`)).toEqual({ retried: 1 })
      expect((await retry(broken)).slice(0, 2)).toEqual([409, 'retry_not_possible'])
      await untilIdle(system, event, PATIENCE_MS)
      expect((await list(event)).map(({ status }: { status: string }) => status)).toEqual([
        'done',
        'done',
        'failed',
      ])
      expect(await ok('POST', `${videosOf(event)}/retry`)).toEqual({ retried: 0 })
    },
    PATIENCE_MS,
  )

  test(
    'one that came while ffprobe was missing is indexed when it is there again',
    async () => {
      const event = await addClipEvent(system)
      const short = join(folder, 'short.mp4')
      await makeNumberedVideo(short, 3)
      await rm(join(tools, 'ffprobe'))
      const id = await upload(event, short)
      expect(await list(event)).toMatchObject([{ status: 'failed', duration: null }])
      await install('ffprobe')
      await ok('POST', `${videosOf(event)}/${id}/retry`)
      await untilIdle(system, event, PATIENCE_MS)
      expect(await list(event)).toMatchObject([{ status: 'done', width: 640, progress: 1 }])
    },
    PATIENCE_MS,
  )
})
