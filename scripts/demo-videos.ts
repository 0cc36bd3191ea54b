import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Demo } from './start-demo.ts'

const run = promisify(execFile)
/** Looking through a minute of film on a slow machine. */
const INDEXED_MS = 10 * 60_000

/** Seconds that each photo is shown, and what its film tells of itself. A film cut off is one that fails. */
const FILMS = [
  { name: 'FINISH_C0012.MP4', place: 'FINISH', recordedAt: '2026-06-14T08:21:07Z' },
  { name: 'bridge, drone.mov', place: 'BRIDGE', keptShare: 0.4 },
  { name: 'park-gopro.mp4', place: 'PARK' },
]
const SECONDS_A_PHOTO = 2

/**
 * Makes films of the demo's photos, uploads them to its event and waits until they are looked through: one with its time, one without,
 * one that fails. Needs ffmpeg.
 *
 * @param data the folder in which the demo made its photos
 */
export async function addDemoVideos({ url, key, eventId }: Demo, data: string): Promise<void> {
  const videos = `${url}/api/v1/manage/1/event/${eventId}/videos`
  const headers = { 'X-API-Key': key }
  for (const { recordedAt, ...film } of FILMS) {
    const form = new FormData()
    if (recordedAt) form.append('recorded_at', recordedAt)
    form.append('file', new Blob([await makeFilm(data, film)]), film.name)
    const answer = await fetch(videos, { method: 'POST', headers, body: form })
    if (!answer.ok)
      throw new Error(`upload of ${film.name}: ${answer.status} ${await answer.text()}`)
  }
  for (const end = Date.now() + INDEXED_MS; Date.now() < end; await sleep(1000)) {
    const answer = await fetch(videos, { headers })
    const list: { status: string }[] = (await answer.json()).data.videos
    if (list.every(({ status }) => status === 'done' || status === 'failed')) return
  }
  throw new Error('the films of the demo were not looked through in time')
}

async function makeFilm(
  data: string,
  { name, place, keptShare = 1 }: { name: string; place: string; keptShare?: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const photos = join(data, 'demo', 'photos')
  const folder = join(data, 'demo', 'films')
  await mkdir(folder, { recursive: true })
  const file = join(folder, name)
  const made = await readFile(file).catch(() => undefined) // a folder that is used again has it
  if (made) return Uint8Array.from(made)
  const chosen = (await readdir(photos)).filter((photo) => photo.startsWith(place)).sort()
  const inputs = chosen.flatMap((photo) => [
    ...['-loop', '1', '-framerate', '25', '-t', String(SECONDS_A_PHOTO)],
    ...['-i', join(photos, photo)],
  ])
  const size = 'scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,setsar=1'
  const scaled = chosen.map((_, i) => `[${i}]${size}[v${i}]`).join(';')
  const joined = `${chosen.map((_, i) => `[v${i}]`).join('')}concat=n=${chosen.length},format=yuv420p`
  const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50']
  const filter = ['-filter_complex', `${scaled};${joined}`]
  await run('ffmpeg', ['-v', 'error', ...inputs, ...filter, ...coded, '-y', file])
  if (keptShare < 1) await truncate(file, Math.floor((await readFile(file)).length * keptShare))
  return Uint8Array.from(await readFile(file))
}
