import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, describe, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { type Context, openContext } from '../../src/context.ts'
import { createPool } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createEvent, findEvent } from '../../src/events/index.ts'
import { findVideoSearchState, searchVideosByTime, storeVideo } from '../../src/motion/index.ts'
import { followUps } from '../../src/pipeline.ts'
import { createDatabase, MIGRATIONS } from '../test-deps.ts'
import { hasFfmpeg, makeVideo } from '../videos.ts'

const LIMIT = 300_000
const RECORDED_AT = '2026-06-14T08:00:00Z'
const patience = { timeout: 200_000, interval: 20 }

type Worker = { child: ChildProcess; jobs: { job: string; outcome?: string }[] }

const closing: (() => Promise<void>)[] = []
afterAll(() => Promise.all(closing.map((close) => close())), LIMIT)

// Side by side: both wait most of the time, until the queue notices that a worker is gone.
describe.skipIf(!hasFfmpeg).concurrent('workers that are killed', () => {
  test(
    'one segment at most is lost; two others share what is left of the video',
    async ({ expect }) => {
      const segments = 7
      const { query, startWorker } = await makeSite({ segments })
      const indexedSegments = () =>
        query<{ ordinal: number; at: Date }>(
          'select ordinal, indexed_at as at from video_segment where indexed_at is not null order by ordinal',
        )
      const segmentsInHand = () =>
        query<{ ordinal: number }>(
          `select (data->>'ordinal')::int as ordinal from pgboss.job where name = 'motion.index' and state = 'active'`,
        )
      const first = startWorker()
      await expect.poll(indexedSegments, patience).toHaveLength(2)
      await expect.poll(segmentsInHand, patience).toEqual([{ ordinal: 2 }])
      await end(first, 'SIGKILL')
      const before = await indexedSegments()
      expect(before.length).toBeLessThan(segments - 2)

      const others = [startWorker(), startWorker()]
      const status = async () => (await query('select status, error from video'))[0]
      await expect.poll(status, patience).toEqual({ status: 'done', error: null })

      const after = await indexedSegments()
      expect(after).toHaveLength(segments)
      expect(after).toEqual(expect.arrayContaining(before)) // kept as they were
      await expect
        .poll(() => others.reduce((sum, other) => sum + done(other, 'motion.index'), 0), patience)
        .toBe(segments - before.length)
      for (const other of others) expect(done(other, 'motion.index')).toBeGreaterThan(0)
      expect(others.flatMap(({ jobs }) => jobs).filter(({ outcome }) => outcome)).toEqual([])
    },
    LIMIT,
  )

  test(
    'a clip in the making is cut by another, once, whoever asks for it meanwhile',
    async ({ expect }) => {
      const { context, eventId, videoId, folder, query, startWorker } = await makeSite({
        segments: 3,
        settings: { biometrics: 'none' }, // nobody looks at the pictures: to be cut, they need not
      })
      const first = startWorker()
      const videoStatus = async () => (await query('select status from video'))[0]?.status
      await expect.poll(videoStatus, patience).toBe('done')
      const event = (await findEvent(context.db, eventId))!
      const from = Date.parse(RECORDED_AT) / 1000 + 31.5
      const search = () =>
        searchVideosByTime(
          { ...context, ...context.recognition, ...followUps(context.queue.enqueue) },
          { event, from, to: from + 30 },
        )
      const asked = await search()
      const clipStatus = async () => (await query('select status from video_clip'))[0]?.status
      await expect.poll(clipStatus, patience).toBe('processing')
      await sleep(200) // ffmpeg is at work: it takes a few seconds
      await end(first, 'SIGKILL')
      expect(await clipStatus()).toBe('processing')
      const ref = { eventId, requestId: asked.requestId }
      expect((await findVideoSearchState(context, ref)).clips).toEqual([])

      const others = [startWorker(), startWorker()]
      const again = await Promise.all([search(), search(), search()])
      const status = async () => (await findVideoSearchState(context, ref)).status
      await expect.poll(status, patience).toBe('completed')
      const ids = again.map(async ({ requestId }) => {
        const { clips } = await findVideoSearchState(context, { eventId, requestId })
        return clips.map(({ clip }) => clip?.id)
      })
      const [clip] = (await findVideoSearchState(context, ref)).clips
      for (const id of await Promise.all(ids)) expect(id).toEqual([clip?.clip?.id])
      await expect.poll(() => others.flatMap(({ jobs }) => jobs), patience).toHaveLength(1)

      const clips = `events/${eventId}/videos/${videoId}/clips`
      expect(await Array.fromAsync(context.store.list(clips))).toHaveLength(2) // and its poster
      const file = join(folder, 'objects', clips, `${clip?.clip?.id}.mp4`)
      expect((await readFile(file)).subarray(4, 8).toString()).toBe('ftyp')
    },
    LIMIT,
  )
})

/** A database, a folder and a video in them, and workers as wanted. */
async function makeSite({ segments, settings = {} }: { segments: number; settings?: object }) {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-test-'))
  const connection = await createDatabase()
  const pool = createPool({ ...connection, max: 1 })
  await migrate(pool, { directory: MIGRATIONS })
  await pool.end()
  const context = await openContext(readConfig({ ...process.env, TRACKSIDE_DATA: folder }), {
    role: 'tool',
    connection,
  })
  const workers: Worker[] = []
  closing.push(async () => {
    await Promise.all(workers.map((worker) => end(worker, 'SIGTERM')))
    await context.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    context,
    folder,
    ...(await storeFootage(context, { folder, segments, settings })),
    query: async <T extends pg.QueryResultRow>(sql: string, ...values: unknown[]) =>
      (await context.pool.query<T>(sql, values)).rows,
    startWorker() {
      const worker = forkWorker({ folder, connection })
      workers.push(worker)
      return worker
    },
  }
}

async function storeFootage(
  context: Context,
  { folder, segments, settings }: { folder: string; segments: number; settings: object },
) {
  const wish = { orgId: 1, event_name: 'Test', timezone: 'UTC', motion: { watermark: true } }
  const eventId = (await createEvent(context, { ...wish, ...settings })).id
  // What does not move costs nothing: two of these 25 pictures a second do.
  const source = 'testsrc2=size=640x360:rate=2'
  const file = await makeVideo(join(folder, 'footage.mp4'), { seconds: segments * 30, source })
  const { videoId } = await storeVideo(
    { ...context, ...followUps(context.queue.enqueue), maxVideoBytes: 2 ** 30 },
    { eventId, fileName: 'a.mp4', recordedAt: RECORDED_AT, body: createReadStream(file) },
  )
  return { eventId, videoId }
}

function forkWorker({ folder, connection }: { folder: string; connection: pg.PoolConfig }): Worker {
  const child = fork(new URL('./video-worker.ts', import.meta.url), {
    env: { ...process.env, TRACKSIDE_DATA: folder, CONNECTION: JSON.stringify(connection) },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const worker: Worker = { child, jobs: [] }
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    worker.jobs.push(...lines.map((line) => JSON.parse(line)).filter(({ job }) => job))
  })
  return worker
}

async function end({ child }: Worker, signal: NodeJS.Signals) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

const done = ({ jobs }: Worker, name: string) =>
  jobs.filter(({ job, outcome }) => job === name && outcome === undefined).length
