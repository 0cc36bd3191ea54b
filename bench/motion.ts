import { execFile } from 'node:child_process'
import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { makeDemo } from '../src/demo/make-demo.ts'
import type { Api } from './api.ts'
import { askChild } from './child.ts'
import { median } from './median.ts'
import type { MotionCosts } from './motion-steps.ts'
import { startSystem } from './system.ts'

const run = promisify(execFile)

export type MotionReport = {
  videos: { name: string; costs: MotionCosts }[]
  /** From the request until the clip can be played, an indexed video, nothing else going on; p50. */
  copyMs: number
  copies: number
}

const SECONDS = 30
const SEARCHES = 20
/** As cameras write it: grain, two pictures between references, a keyframe every two seconds. */
const CAMERA = 'fps=30,noise=alls=5:allf=t,format=yuv420p'
const CODED = '-c:v libx264 -preset superfast -bf 2 -g 60 -b:v 10M'.split(' ')

/** Measures what it costs to index footage, and how soon a clip of it is there. */
export async function measureMotion({
  folder,
  signal,
}: {
  folder: string
  signal: AbortSignal
}): Promise<MotionReport> {
  const demo = await makeDemo(join(folder, 'motion-demo'), { photos: 12 })
  const photos = demo.truth
    .toSorted((a, b) => b.bibs.length - a.bibs.length)
    .map(({ photo }) => photo)
  const paths = {
    quiet: await makeQuiet(join(folder, 'quiet.mp4'), demo.selfies[0]!, signal),
    crowd: await makeCrowd(join(folder, 'crowd.mp4'), photos.slice(0, 4), signal),
  }
  const steps = new URL('motion-steps.ts', import.meta.url)
  const videos = []
  for (const [name, path] of Object.entries(paths))
    videos.push({ name, costs: await askChild<MotionCosts>(steps, path, signal) })
  const system = await startSystem({ dataDir: join(folder, 'motion'), workers: 1 }, signal)
  try {
    return { videos, ...(await measureCopies(system.api, paths.quiet)) }
  } finally {
    await system.stop()
  }
}

/** A camera that stands still; one person comes by for eight of thirty seconds. */
async function makeQuiet(file: string, face: string, signal: AbortSignal): Promise<string> {
  const passes = "x='if(between(t,10,18),(t-10)*220,-400)':y=380"
  await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', `color=0x6b7f63:s=1920x1080:r=30:d=${SECONDS}`],
      ...['-loop', '1', '-i', face],
      ...['-filter_complex', `[1]scale=320:-2[f];[0][f]overlay=${passes}:shortest=1,${CAMERA}`],
      ...[...CODED, '-t', String(SECONDS), file],
    ],
    { signal },
  )
  return file
}

/** A camera that pans along many people, all the time. */
async function makeCrowd(file: string, photos: readonly string[], signal: AbortSignal) {
  const scaled = photos.map((_, i) => `[${i}]scale=-2:1080,setsar=1[p${i}]`).join(';')
  const row = `${photos.map((_, i) => `[p${i}]`).join('')}hstack=inputs=${photos.length}`
  const pan = `crop=1920:1080:x='(iw-1920)*t/${SECONDS}':y=0`
  await run(
    'ffmpeg',
    [
      ...[
        '-v',
        'error',
        ...photos.flatMap((photo) => ['-loop', '1', '-framerate', '30', '-i', photo]),
      ],
      ...['-filter_complex', `${scaled};${row},${pan},${CAMERA}`],
      ...[...CODED, '-t', String(SECONDS), file],
    ],
    { signal },
  )
  return file
}

async function measureCopies(api: Api, video: string) {
  const flags = { video_search: true, timeline_search: true }
  const event = { event_name: 'Benchmark', ...flags }
  const { event_id } = await api.manage<{ event_id: number }>('POST', '/events', { json: event })
  const begin = Date.parse('2026-06-14T08:00:00Z') / 1000
  const form = new FormData()
  form.append('recorded_at', '2026-06-14T08:00:00Z')
  form.append('file', await openAsBlob(video), 'quiet.mp4')
  await api.manage('POST', `/event/${event_id}/videos`, { form })
  for (;;) {
    const { idle } = await api.manage<{ idle: boolean }>('GET', `/event/${event_id}/progress`)
    if (idle) break
    await sleep(200)
  }
  const path = `/event/${event_id}/video-clipping`
  const took: number[] = []
  for (let i = 0; i < SEARCHES; i++) {
    const started = performance.now()
    const json = { from: begin + i, to: begin + i + 8 }
    let search = await api.read<Search>('POST', `${path}/search-by-time`, { json })
    while (search.clips.length === 0) {
      await sleep(20)
      search = await api.read<Search>('GET', `${path}/${search.request_id}`)
      if (search.status === 'failed') throw new Error(`a clip failed: ${search.error}`)
    }
    took.push(performance.now() - started)
  }
  return { copyMs: median(took), copies: took.length }
}

type Search = { request_id: string; status: string; clips: unknown[]; error: string | null }
