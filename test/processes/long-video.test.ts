import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openContext } from '../../src/context.ts'
import { createPool } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createEvent, findEvent } from '../../src/events/index.ts'
import { findVideoSearchState, searchVideosByTime, storeVideo } from '../../src/motion/index.ts'
import { followUps } from '../../src/pipeline.ts'
import { createDatabase, MIGRATIONS } from '../test-deps.ts'
import { hasFfmpeg } from '../videos.ts'
import { FPS, firstNumber, makeNumberedVideo } from '../web/numbered-video.ts'

const run = promisify(execFile)

/** Four, so that the suite stays short; `npm run long-video` takes an hour of film. */
const MINUTES = Number(process.env.LONG_VIDEO_MINUTES ?? 4)
const LOOP_SECONDS = 20
const LOOPS = MINUTES * (60 / LOOP_SECONDS)
const LIMIT = 240_000 + MINUTES * 30_000
const BEGIN = Date.parse('2026-06-14T08:00:00Z') / 1000
const MIB = 2 ** 20

/** What a worker, and the largest ffmpeg that it started, hold in memory now, in bytes. */
async function memoryOf(worker: number): Promise<{ worker: number; ffmpeg: number }> {
  const held = { worker: 0, ffmpeg: 0 }
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const bytes = Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1] ?? 0) * 1024
    if (Number(pid) === worker) held.worker = bytes
    const isChild = status.includes(`\nPPid:\t${worker}\n`) && status.startsWith('Name:\tffmpeg')
    if (isChild) held.ffmpeg = Math.max(held.ffmpeg, bytes)
  }
  return held
}

test.skipIf(!hasFfmpeg || !existsSync('/proc/self/status'))(
  'a long film takes no more memory at its end than in its first third; a clip of the last minute begins where it should',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trackside-test-'))
    const connection = await createDatabase()
    const pool = createPool({ ...connection, max: 1 })
    await migrate(pool, { directory: MIGRATIONS })
    await pool.end()
    const env = { ...process.env, TRACKSIDE_DATA: folder }
    const context = await openContext(readConfig(env), { role: 'tool', connection })
    const loop = join(folder, 'loop.mp4')
    const film = join(folder, 'film.mp4')
    await makeNumberedVideo(loop, LOOP_SECONDS)
    const looped = ['-stream_loop', String(LOOPS - 1), '-i', loop, '-map', '0:v', '-c', 'copy']
    await run('ffmpeg', ['-v', 'error', ...looped, film])
    const wish = { orgId: 1, event_name: 'Test', timezone: 'UTC', motion: { sample_fps: 2 } }
    const eventId = (await createEvent(context, wish)).id
    const deps = { ...context, ...context.recognition, ...followUps(context.queue.enqueue) }
    await storeVideo(
      { ...deps, maxVideoBytes: 2 ** 30 },
      {
        eventId,
        fileName: 'film.mp4',
        recordedAt: new Date(BEGIN * 1000).toISOString(),
        body: createReadStream(film),
      },
    )
    const child = fork(new URL('./video-worker.ts', import.meta.url), {
      env: { ...env, CONNECTION: JSON.stringify(connection) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    try {
      const thirds = [0, 1, 2].map(() => ({ worker: 0, ffmpeg: 0 }))
      for (const end = Date.now() + LIMIT; Date.now() < end; ) {
        const { rows } = await context.pool.query<{ status: string; share: number }>(
          `select status, (select count(indexed_at)::float / greatest(count(*), 1) from video_segment) as share from video`,
        )
        const [video] = rows
        expect(child.exitCode).toBeNull()
        expect(video?.status).not.toBe('failed')
        if (video?.status === 'done') break
        const now = await memoryOf(child.pid!)
        const third = thirds[Math.min(2, Math.floor((video?.share ?? 0) * 3))]!
        third.worker = Math.max(third.worker, now.worker)
        third.ffmpeg = Math.max(third.ffmpeg, now.ffmpeg)
        await sleep(100)
      }
      const [first, , last] = thirds
      for (const { worker } of thirds) expect(worker).toBeGreaterThan(50 * MIB)
      expect(last!.worker).toBeLessThan(first!.worker + 64 * MIB)
      expect(last!.ffmpeg).toBeLessThan(first!.ffmpeg + 32 * MIB)

      const event = (await findEvent(context.db, eventId))!
      // Not at a keyframe.
      const from = BEGIN + LOOP_SECONDS * LOOPS - 37
      const { requestId } = await searchVideosByTime(deps, { event, from, to: from + 5 })
      const state = () => findVideoSearchState(context, { eventId, requestId })
      await expect
        .poll(async () => (await state()).status, { timeout: 120_000, interval: 50 })
        .toBe('completed')
      const [found] = (await state()).clips
      const clips = `events/${eventId}/videos/${found?.videoId}/clips`
      const file = join(folder, 'objects', clips, `${found?.clip?.id}.mp4`)
      const expected = ((LOOP_SECONDS * LOOPS - 37) % LOOP_SECONDS) * FPS
      expect(Math.abs((await firstNumber(file)) - expected)).toBeLessThanOrEqual(1)
    } finally {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      await context.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
  LIMIT,
)
