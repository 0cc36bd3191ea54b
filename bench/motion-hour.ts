import { execFile } from 'node:child_process'
import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { makeDemo } from '../src/demo/make-demo.ts'
import type { Api } from './api.ts'
import { framesOff } from './frames-off.ts'
import { findFamily, findWorkers } from './process-figures.ts'
import { startSystem } from './system.ts'

const run = promisify(execFile)

/** One loop of the film; a person comes by in each. */
const LOOP_SECONDS = 30
const SAMPLE_FPS = 2
const RATE = 30
const CODED = '-c:v libx264 -preset veryfast -bf 2 -g 60 -b:v 2M'.split(' ')
const BEGIN = Date.parse('2026-06-14T08:00:00Z') / 1000
/** Where memory is told, as a share of the film. */
export const STATIONS = [0.1, 0.5, 1]
const KILL_AT = 0.5
/** Asked for before the end, not at a keyframe; the clip ends with the film. */
const LAST_SECONDS = 37
/** A killed worker's segment goes to another after 20 s without a heartbeat. */
const POLL_MS = 250

export type Held = { worker: number; ffmpeg: number; decoder: number }

export type HourReport = {
  filmSeconds: number
  indexSeconds: number
  /** The most bytes that processes held within the tenth of the film before each station; of the worker that lives through. */
  stations: { share: number; held: Held }[]
  /** Share of the film that was done when a worker was killed, and the least that was told afterwards. */
  killedAt: number
  leastAfter: number
  /** Looks at the progress at which it had gone up. */
  steps: number
  passes: number
  found: number
  /** How far the first picture of a clip in the last minute is from the one asked for. */
  framesOff: number
  clipMs: number
}

/** Indexes a long film made by looping, watching memory; kills a worker in its middle; asks for clips of its last minute. */
export async function measureMotionHour({
  folder,
  minutes,
  signal,
}: {
  folder: string
  minutes: number
  signal: AbortSignal
}): Promise<HourReport> {
  const { selfies } = await makeDemo(join(folder, 'hour-demo'), { photos: 4 })
  const [selfie] = selfies
  const passes = (minutes * 60) / LOOP_SECONDS
  const film = await makeFilm(folder, { face: selfie!, passes, signal })
  const system = await startSystem({ dataDir: join(folder, 'hour'), workers: 2 }, signal)
  try {
    const { manage, read } = system.api
    const flags = { video_search: true, video_selfie_search: true, timeline_search: true }
    const motion = { sample_fps: SAMPLE_FPS, padding_start: 0, padding_end: 0 }
    const { event_id: event } = await manage<{ event_id: number }>('POST', '/events', {
      json: { event_name: 'Hour', ...flags, motion },
    })
    const form = new FormData()
    form.append('recorded_at', new Date(BEGIN * 1000).toISOString())
    form.append('file', await openAsBlob(film), 'hour.mp4')
    await manage('POST', `/event/${event}/videos`, { form })
    const indexed = await watchIndexing(system, event, signal)
    const path = `/event/${event}/video-clipping`
    const picture = new FormData()
    picture.append('file', await openAsBlob(selfie!), 'selfie.jpg')
    const search = await read<Search>('POST', `${path}/search-by-selfie`, { form: picture })
    return {
      ...indexed,
      passes,
      found: countPasses(search, { passes, loopSeconds: indexed.filmSeconds / passes }),
      ...(await checkLastMinute(system.api, { path, film, seconds: indexed.filmSeconds, signal })),
    }
  } finally {
    await system.stop()
  }
}

type Search = {
  request_id: string
  status: string
  error: string | null
  clips: { clip_url: string; start_time: number }[]
  moments: { start_time: number; end_time: number }[]
}

/** 960 x 540 with grain, so that no two pictures are alike; loops are joined without encoding anew. */
async function makeFilm(
  folder: string,
  { face, passes, signal }: { face: string; passes: number; signal: AbortSignal },
): Promise<string> {
  const loop = join(folder, 'loop.mp4')
  const film = join(folder, 'film.mp4')
  const walk = "x='if(between(t,10,18),(t-10)*82,-400)':y=120"
  const grain = `fps=${RATE},noise=alls=5:allf=t,format=yuv420p`
  await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i'],
      `color=0x6b7f63:s=960x540:r=${RATE}`,
      ...['-loop', '1', '-i', face],
      ...['-filter_complex', `[1]scale=300:-2[f];[0][f]overlay=${walk},${grain}`],
      ...[...CODED, '-frames:v', String(LOOP_SECONDS * RATE), loop],
    ],
    { signal },
  )
  const looped = ['-stream_loop', String(passes - 1), '-i', loop, '-c', 'copy', film]
  await run('ffmpeg', ['-v', 'error', ...looped], { signal })
  return film
}

type Listed = {
  videos: { status: string; error: string | null; progress: number; duration: number | null }[]
}

async function watchIndexing(
  { api, pid }: { api: Api; pid: number },
  event: number,
  signal: AbortSignal,
) {
  const started = performance.now()
  const stations = STATIONS.map((share) => ({ share, held: { worker: 0, ffmpeg: 0, decoder: 0 } }))
  const [survivor, victim] = await findWorkers(pid)
  let [before, steps, killedAt, leastAfter] = [0, 0, 0, 1]
  for (;;) {
    signal.throwIfAborted()
    const { videos } = await api.manage<Listed>('GET', `/event/${event}/videos`)
    const { status, error, progress, duration } = videos[0]!
    if (status === 'failed') throw new Error(`the film failed: ${error}`)
    if (progress > before) steps++
    before = progress
    if (killedAt > 0) leastAfter = Math.min(leastAfter, progress)
    const now = await held(pid, survivor!)
    for (const { share, held: most } of stations)
      if (progress > share - 0.1 && progress <= share)
        for (const kind of ['worker', 'ffmpeg', 'decoder'] as const)
          most[kind] = Math.max(most[kind], now[kind])
    if (killedAt === 0 && progress >= KILL_AT) {
      process.kill(victim!, 'SIGKILL')
      killedAt = progress
    }
    if (status === 'done') {
      const indexSeconds = (performance.now() - started) / 1000
      return { filmSeconds: duration ?? 0, indexSeconds, stations, killedAt, leastAfter, steps }
    }
    await sleep(POLL_MS)
  }
}

/** What one worker holds, and the largest ffmpeg and decoder of all. */
async function held(server: number, worker: number): Promise<Held> {
  const family = await findFamily(server)
  const most = (of: (one: (typeof family)[number]) => boolean) =>
    Math.max(0, ...family.filter(of).map(({ bytes }) => bytes))
  return {
    worker: most(({ pid }) => pid === worker),
    ffmpeg: most(({ words }) => words[0] === 'ffmpeg'),
    decoder: most(({ words }) => words.some((word) => word.includes('/decoder/'))),
  }
}

/** Moments that lie in a pass and no other, each pass once; the film tells how long a loop is: a picture too few adds up. */
function countPasses(
  { moments }: Search,
  { passes, loopSeconds }: { passes: number; loopSeconds: number },
): number {
  const seen = new Set(
    moments.flatMap(({ start_time, end_time }) => {
      const pass = Math.floor((start_time + end_time) / 2 / loopSeconds)
      const begin = pass * loopSeconds + 10
      return pass < passes && start_time > begin - 1.5 && end_time < begin + 9.5 ? [pass] : []
    }),
  )
  return seen.size
}

async function checkLastMinute(
  api: Api,
  wish: { path: string; film: string; seconds: number; signal: AbortSignal },
) {
  const from = BEGIN + Math.floor(wish.seconds) - LAST_SECONDS
  const started = performance.now()
  const json = { from, to: from + 8 }
  let search = await api.read<Search>('POST', `${wish.path}/search-by-time`, { json })
  while (search.clips.length === 0) {
    await sleep(20)
    search = await api.read<Search>('GET', `${wish.path}/${search.request_id}`)
    if (search.status === 'failed') throw new Error(`a clip failed: ${search.error}`)
  }
  const [clip] = search.clips
  return {
    clipMs: performance.now() - started,
    framesOff: await framesOff(clip!.clip_url, {
      film: wish.film,
      seconds: clip!.start_time,
      rate: RATE,
      signal: wish.signal,
    }),
  }
}
