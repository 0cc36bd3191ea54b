import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { MANAGE, startSystem, untilIdle } from '../../test/test-deps.ts'
import { hasFfmpeg } from '../../test/videos.ts'
import {
  FPS,
  firstNumber,
  makeNumberedVideo,
  squareRecognition,
} from '../../test/web/numbered-video.ts'
import { addClipEvent, cutByTime, PATIENCE_MS, probe, uploadVideo } from './clips.fixture.ts'

const run = promisify(execFile)

/** Not at a keyframe. */
const START = 3.48
const SECONDS = 4
const X264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50'.split(' ')
const SOUND = '-f lavfi -i sine=duration=20 -map 0:v -map 1:a -c:v copy -c:a aac'.split(' ')

type Variant = {
  name: string
  suffix: string
  /** What is made of the numbered video. */
  made: readonly string[]
  /** Before the input. */
  before?: readonly string[]
  /** A second step, without encoding: before and after the input. */
  second?: readonly [before: readonly string[], after: readonly string[]]
  /** When the first picture is shown, in seconds. */
  begins?: number
  /** Pictures that may be missing where the clip begins. */
  missing?: number
  size?: readonly [width: number, height: number]
}

function turned(degrees: number): Pick<Variant, 'suffix' | 'second'> {
  return { suffix: 'mov', second: [[], ['-metadata:s:v:0', `rotate=${degrees}`]] }
}

/** As cameras, phones and editors write them; each shows the numbered video when it is played. */
const VARIANTS: readonly Variant[] = [
  ...['1', '2'].map((transpose): Variant => {
    const degrees = transpose === '1' ? 90 : 270
    const name = `a phone turned by ${degrees} degrees`
    return { name, ...turned(degrees), made: ['-vf', `transpose=${transpose}`, ...X264] }
  }),
  { name: 'a camera upside down', ...turned(180), made: ['-vf', 'hflip,vflip', ...X264] },
  {
    name: 'trimmed by the phone, what was cut off hidden before',
    suffix: 'mp4',
    made: ['-vf', 'tpad=start_duration=3:start_mode=clone', ...X264, '-g', '9999'],
    second: [['-ss', '3'], []],
  },
  {
    name: 'HEVC of ten bits',
    suffix: 'mkv',
    made: '-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10le'.split(
      ' ',
    ),
  },
  {
    name: 'pictures at no steady rate',
    suffix: 'mp4',
    made: ['-vf', "select='not(eq(mod(n,7),2)+eq(mod(n,7),3))'", '-vsync', 'vfr', ...X264],
    missing: 2,
  },
  { name: 'open groups', suffix: 'mp4', made: [...X264, '-bf', '4', '-x264-params', 'open-gop=1'] },
  { name: 'one keyframe', suffix: 'mp4', made: [...X264, '-g', '9999', '-sc_threshold', '0'] },
  {
    name: 'times that begin at ten seconds',
    suffix: 'mkv',
    made: '-c copy -output_ts_offset 10'.split(' '),
  },
  {
    name: 'pictures that begin after the sound and end before it',
    suffix: 'mp4',
    before: ['-itsoffset', '1.2'],
    made: SOUND,
    begins: 1.2,
  },
  {
    name: 'fragments',
    suffix: 'mp4',
    made: '-c copy -movflags frag_keyframe+empty_moov'.split(' '),
  },
  {
    name: 'interlaced pictures',
    suffix: 'mp4',
    made: [...X264, '-flags', '+ildct+ilme', '-x264-params', 'tff=1'],
  },
  {
    name: 'pictures of two halves, taken one after the other',
    suffix: 'mp4',
    made: [
      ...['-vf', 'tinterlace=mode=interleave_top,setfield=tff', ...X264],
      ...['-flags', '+ildct+ilme', '-x264-params', 'tff=1'],
    ],
    missing: 1,
  },
  {
    name: 'ProRes with a time code',
    suffix: 'mov',
    made: '-c:v prores_ks -profile:v 0 -pix_fmt yuv422p10le -timecode 01:00:00:00'.split(' '),
  },
  {
    name: 'pixels that are not square',
    suffix: 'mp4',
    made: ['-vf', 'scale=480:360,setsar=4/3', ...X264],
  },
  {
    name: 'an odd size',
    suffix: 'mp4',
    made: ['-vf', 'format=yuv444p,crop=639:359:0:0:exact=1', ...X264, '-pix_fmt', 'yuv444p'],
    size: [639, 359],
  },
]

describe.skipIf(!hasFfmpeg)('videos of many makes', async () => {
  if (!hasFfmpeg) return
  const system = await startSystem(squareRecognition)
  const { ok, call, folder, context } = system
  let eventId: number
  /** Each at an hour of its own, so that a search by time asks for one. */
  const recordedAt = (i: number) => Date.parse('2026-06-14T00:00:00Z') + i * 3600_000
  const videoIds: string[] = []

  beforeAll(async () => {
    eventId = await addClipEvent(system)
    const numbered = join(folder, 'numbered.mp4')
    await makeNumberedVideo(numbered, 12)
    const ffmpeg = (...args: string[]) => run('ffmpeg', ['-v', 'error', '-y', ...args])
    for (const [i, { name, suffix, before = [], made, second }] of VARIANTS.entries()) {
      const once = join(folder, `once-${i}.${suffix}`)
      const file = join(folder, `variant-${i}.${suffix}`)
      const [beforeSecond, afterSecond] = second ?? [[], []]
      await ffmpeg(...before, '-i', numbered, ...made, ...(made === SOUND ? [] : ['-an']), once)
      if (second) await ffmpeg(...beforeSecond, '-i', once, '-c', 'copy', ...afterSecond, file)
      const sent = {
        file: second ? file : once,
        name: `${name}.${suffix}`,
        recordedAt: new Date(recordedAt(i)),
      }
      videoIds.push(await uploadVideo(system, eventId, sent))
    }
    await untilIdle(system, eventId, PATIENCE_MS)
  }, PATIENCE_MS)

  const cases = VARIANTS.map((variant, i) => ({ ...variant, i }))

  test.each(cases)(
    '$name: read as it is played, and its person followed',
    async ({ i, begins = 0, size = [640, 360] }) => {
      const { videos } = await ok('GET', `${MANAGE}/event/${eventId}/videos?page_size=50`)
      const video = videos.find((one: { video_id: string }) => one.video_id === videoIds[i])
      expect(video).toMatchObject({ status: 'done', error: null })
      expect([video.width, video.height]).toEqual(size)
      expect(Math.abs(video.duration - 12 - begins)).toBeLessThan(0.2)
      const { rows } = await context.pool.query<{ path: number[] }>(
        'select path from video_track where video_id = $1 order by start_seconds',
        [videoIds[i]],
      )
      const path = rows.flatMap((row) => row.path)
      const points = Array.from({ length: path.length / 5 }, (_, at) => ({
        seconds: path[at * 5]!,
        x: path[at * 5 + 1]! + path[at * 5 + 3]! / 2,
        y: path[at * 5 + 2]! + path[at * 5 + 4]! / 2,
      })).filter(({ seconds }) => seconds >= begins)
      expect(points.length).toBeGreaterThan(40)
      for (const { seconds, x, y } of points) {
        const shown = (40 + (seconds - begins) * (560 / 12)) / 640
        expect(Math.abs(x - shown)).toBeLessThan(0.03)
        expect(Math.abs(y - 290 / 360)).toBeLessThan(0.03)
      }
    },
  )

  test.each(cases)(
    '$name: clips begin where they should, whether copied or encoded',
    async ({ i, begins = 0, missing = 0 }) => {
      for (const strict of [false, true]) {
        await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { motion: { strict } } })
        const file = await cut(i, begins + START)
        const off = Math.abs((await firstNumber(file)) - START * FPS)
        expect(off, strict ? 'encoded' : 'copied').toBeLessThanOrEqual(1 + missing)
        const seconds = Number(await probe(file, '-show_entries', 'format=duration'))
        expect(Math.abs(seconds - SECONDS)).toBeLessThan(0.2)
      }
    },
    PATIENCE_MS,
  )

  test(
    'pictures of two halves become whole ones in clips',
    async () => {
      await ok('PATCH', `${MANAGE}/event/${eventId}`, { json: { motion: { strict: false } } })
      const halves = cases.find(({ name }) => name.startsWith('pictures of two halves'))!
      // The lowest bit of the number changes from half to half: woven, every other line of its band differs.
      const lines = await greysOfLines(await cut(halves.i, START))
      const steps = lines.slice(4, 20).map((grey, i) => Math.abs(grey - lines[i + 5]!))
      expect(Math.max(...steps)).toBeLessThan(12)
    },
    PATIENCE_MS,
  )

  /** The middle of each line of the first picture, 360 lines high. */
  async function greysOfLines(file: string): Promise<number[]> {
    const args = ['-v', 'error', '-i', file, '-frames:v', '1', '-vf', 'crop=2:ih,format=gray']
    const raw = ['-f', 'rawvideo', 'pipe:1']
    const { stdout } = await run('ffmpeg', [...args, ...raw], { encoding: 'buffer' })
    return [...stdout].filter((_, i) => i % 2 === 0)
  }

  async function cut(i: number, from: number): Promise<string> {
    // The search takes whole seconds: the video is put to where the start is one.
    await context.pool.query('update video set recorded_at = $2 where id = $1', [
      videoIds[i],
      new Date(recordedAt(i) - from * 1000),
    ])
    const second = recordedAt(i) / 1000
    const clip = await cutByTime(system, eventId, { from: second, to: second + SECONDS })
    const url = new URL(clip.clip_url)
    const { bytes } = await call('GET', url.pathname + url.search, { key: null })
    const file = join(folder, 'clip.mp4')
    await writeFile(file, bytes)
    return file
  }
})
