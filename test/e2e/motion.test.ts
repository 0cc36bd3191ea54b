import { execFile, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, createClient } from './client.ts'
import { type DemoRace, makeDemoRace } from './demo-race.ts'
import { makeFolder, removeFolder, type System, startSystem } from './system.ts'

const run = promisify(execFile)
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
const LIMIT = 240_000

const H264 = { codec: 'libx264', suffix: 'mp4' }
const HEVC = { codec: 'libx265', suffix: 'mkv' }

type Clip = {
  clip_id: string
  clip_url: string
  thumbnail_url: string
  video_id: string
  start_time: number
  end_time: number
}
type Search = { request_id: string; status: string; clips: Clip[]; error: string | null }
type Video = { video_id: string; file_name: string; status: string; error: string | null }

if (!hasFfmpeg) console.warn('Skipped: videos need ffmpeg, which this machine lacks.')

describe.skipIf(!hasFfmpeg)('videos', () => {
  let dataDir: string
  let system: System
  let client: Client
  let race: DemoRace
  let eventId: number
  const videoIds = new Map<string, string>()
  /** Status and error code of each upload. */
  const answers = new Map<string, [number, string | null]>()

  beforeAll(async () => {
    dataDir = await makeFolder()
    race = await makeDemoRace(join(dataDir, 'demo'), { photos: 6, seed: 1 })
    system = await startSystem(dataDir)
    client = createClient(system)
    eventId = await client.createEvent({
      video_search: true,
      video_selfie_search: true,
      motion: { padding_start: 0, padding_end: 0 },
    })
    const [first, second] = [...race.selfies.keys()]
    await addVideo('two.mp4', await makeFootage([first!, second!]), '2026-06-14T08:00:00Z')
    await addVideo('second.mkv', await makeFootage([second!], HEVC))
    await addVideo('cut-off.mp4', (await makeFootage([first!])).subarray(0, 20_000))
    const playlist = '#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'
    await addVideo('playlist.mp4', Buffer.from(playlist))
    await client.waitIdle(eventId)
  }, LIMIT)

  afterAll(async () => {
    await system?.stop()
    await removeFolder(dataDir)
  }, LIMIT)

  /** Four seconds of each picture, one after the other, as a camera that is held still would see them. */
  async function makeFootage(bibs: string[], { codec, suffix } = H264): Promise<Buffer> {
    const name = join(dataDir, bibs.join('-'))
    await Promise.all(
      bibs.map(async (bib, i) => {
        const face = await sharp(race.selfies.get(bib)).resize(300, 300).toBuffer()
        const canvas = { width: 640, height: 480, channels: 3 as const, background: '#6b7f63' }
        const still = sharp({ create: canvas }).composite([{ input: face, left: 170, top: 90 }])
        await writeFile(`${name}-${i}.png`, await still.png().toBuffer())
      }),
    )
    const inputs = bibs.flatMap((_, i) => ['-loop', '1', '-t', '4', '-i', `${name}-${i}.png`])
    const joined = `concat=n=${bibs.length}:v=1:a=0,fps=25,format=yuv420p`
    const coded = ['-c:v', codec, '-preset', 'veryfast', '-g', '25']
    await run('ffmpeg', [
      '-v',
      'error',
      ...inputs,
      '-filter_complex',
      joined,
      ...coded,
      `${name}.${suffix}`,
    ])
    return readFile(`${name}.${suffix}`)
  }

  async function addVideo(name: string, bytes: Uint8Array, recordedAt?: string) {
    const form = new FormData()
    if (recordedAt) form.append('recorded_at', recordedAt)
    form.append('file', new Blob([Uint8Array.from(bytes)]), name)
    const path = `manage:/event/${eventId}/videos`
    const { status, code, data } = await client.call<Video | null>('POST', path, { body: form })
    answers.set(name, [status, code])
    if (data) videoIds.set(name, data.video_id)
  }

  async function untilDone(search: Search): Promise<Search> {
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const path = `ext:/event/${eventId}/video-clipping/${search.request_id}`
      const now = await client.get<Search>(path)
      if (now.status === 'completed' || now.status === 'failed') return now
      if (Date.now() > end) throw new Error(`the search is still ${now.status}`)
    }
  }

  async function searchBySelfie(bib: string): Promise<Search> {
    const form = new FormData()
    form.append('file', new Blob([Uint8Array.from(race.selfies.get(bib)!)]), 'selfie.jpg')
    const path = `ext:/event/${eventId}/video-clipping/search-by-selfie`
    return untilDone(await client.ask<Search>('POST', path, { body: form }))
  }

  async function probe(url: string, entry: string): Promise<string> {
    const file = join(dataDir, 'clip.mp4')
    await writeFile(file, new Uint8Array(await (await fetch(url)).arrayBuffer()))
    const video = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', entry]
    const { stdout } = await run('ffprobe', [...video, '-of', 'csv=p=0', file])
    return stdout.trim()
  }
  const durationOf = async (url: string) => Number(await probe(url, 'format=duration'))
  const codecOf = (url: string) => probe(url, 'stream=codec_name')

  test('what is no video, or only half of one, is failed or refused with its reason; the others are indexed', async () => {
    const { videos } = await client.get<{ videos: Video[] }>(
      `manage:/event/${eventId}/videos?page_size=50`,
    )
    const byName = Object.groupBy(videos, ({ file_name }) => file_name)
    expect(byName['two.mp4']).toMatchObject([{ status: 'done', error: null }])
    expect(byName['second.mkv']).toMatchObject([{ status: 'done', error: null }])
    // A cut-off file is noticed when it is probed; what is no video at the door.
    expect(answers.get('cut-off.mp4')).toEqual([200, null])
    expect(byName['cut-off.mp4']).toMatchObject([
      { status: 'failed', error: expect.stringContaining('ends early') },
    ])
    expect(answers.get('playlist.mp4')).toEqual([422, 'video_unsupported'])
    expect(byName['playlist.mp4']).toMatchObject([
      { status: 'failed', error: expect.stringContaining('not a video') },
    ])
  })

  test('a selfie gives one clip of each video that shows its person, playable without a key', async () => {
    const [first, second] = [...race.selfies.keys()]
    const one = await searchBySelfie(first!)
    expect(one.clips.map(({ video_id }) => video_id)).toEqual([videoIds.get('two.mp4')])
    const [clip] = one.clips
    expect(clip!.start_time).toBeLessThan(0.5)
    expect(clip!.end_time).toBeGreaterThan(3.3)
    expect(clip!.end_time).toBeLessThan(4.7)
    expect(await durationOf(clip!.clip_url)).toBeCloseTo(clip!.end_time - clip!.start_time, 0)
    expect((await fetch(clip!.thumbnail_url)).headers.get('content-type')).toBe('image/jpeg')

    const two = await searchBySelfie(second!)
    expect(two.clips.map(({ video_id }) => video_id).sort()).toEqual(
      [videoIds.get('two.mp4'), videoIds.get('second.mkv')].sort(),
    )
    // Browsers play no HEVC: such a clip is encoded anew.
    for (const { clip_url } of two.clips) expect(await codecOf(clip_url)).toBe('h264')
  })

  test('a window of time gives the clip of the video that was running', async () => {
    const from = Date.parse('2026-06-14T08:00:01Z') / 1000
    const path = `ext:/event/${eventId}/video-clipping/search-by-time`
    const search = await client.ask<Search>('POST', path, { json: { from, to: from + 2 } })
    const { status, clips } = await untilDone(search)
    expect(status).toBe('completed')
    expect(clips.map(({ video_id }) => video_id)).toEqual([videoIds.get('two.mp4')])
    expect(clips[0]).toMatchObject({ start_time: 1, end_time: 3 })
  })

  test('the URL of a clip cannot be guessed from another, and dies with its video', async () => {
    const [first] = [...race.selfies.keys()]
    const { clips } = await searchBySelfie(first!)
    const url = clips[0]!.clip_url
    expect((await fetch(url)).status).toBe(200)
    const changed = url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    expect((await fetch(changed)).status).toBe(403)
    await client.ask('DELETE', `manage:/event/${eventId}/videos/${clips[0]!.video_id}`)
    await client.waitIdle(eventId)
    expect([403, 404, 410]).toContain((await fetch(url)).status)
    expect((await searchBySelfie(first!)).clips).toEqual([])
  })
})
