import { guardedInput, type ToolDeps, ToolFailure } from './run-ffmpeg.ts'
import { videoNotDecodable, videoTooLarge, videoUnsupported } from './video-errors.ts'

/** What is known of a video before any of it is decoded. Times are seconds from its beginning as players show it. */
export type VideoFacts = {
  readonly codec: string
  /** Of the picture as displayed: upright, with square pixels. */
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly durationSeconds: number
  /** Where decoding can begin, half a second apart at least; the first is the first picture. */
  readonly keyframes: readonly number[]
  readonly hasSound: boolean
  /** A picture is two halves, taken one after the other. */
  readonly isInterlaced: boolean
  /** When the camera says that it began. */
  readonly recordedAt: Date | undefined
}

/** Longer ones are to be cut by the camera: most cameras do it every half hour. */
export const MAX_VIDEO_SECONDS = 6 * 3600
/** 8K. */
const MAX_PIXELS = 7680 * 4320
const CODECS = new Set(['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'prores'])
/** Which half comes first, in the file and on the screen. */
const INTERLACED = new Set(['tt', 'bb', 'tb', 'bt'])
/** A header may be at the end of a file on a slow disk. */
const HEADER_MS = 60_000
/** The whole file is read once, at 20 MB/s at least where it is 10 GB. */
const PACKETS_MS = 600_000
/** The last pictures may be missing where a camera was switched off: more is a file that was cut. */
const TOLERATED_LOSS_SECONDS = 2

/**
 * Reads the header and then every packet's time, without decoding: tells what is no whole video before anything depends on it.
 *
 * @throws video_unsupported, video_not_decodable, video_too_large, video_unavailable
 */
export async function probeVideo(
  deps: ToolDeps,
  location: string,
  signal?: AbortSignal,
): Promise<VideoFacts> {
  try {
    const header = await readHeader(deps, location, signal)
    const { keyframes, last } = await readPackets(deps, location, header.containerStart, signal)
    const end = last + 1 / header.framesPerSecond
    const first = keyframes[0]
    if (first === undefined || end <= first + 0.02)
      throw videoNotDecodable('The video has no pictures. Copy it again from the camera.')
    const promised = header.promisedEnd
    if (end < promised - TOLERATED_LOSS_SECONDS)
      throw videoNotDecodable(
        `The video ends after ${end.toFixed(1)} of ${promised.toFixed(1)} s (truncated, or still being copied). Copy it again from the camera.`,
      )
    assertLength(end)
    const { containerStart: _, promisedEnd: __, ...facts } = header
    return { ...facts, durationSeconds: Math.min(end, header.durationSeconds || end), keyframes }
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error
    throw explainFailure(error)
  }
}

type Header = Omit<VideoFacts, 'keyframes'> & {
  containerStart: number
  /** When the last picture ends, as the header says: earlier, the file was cut. */
  promisedEnd: number
}

async function readHeader(
  { runTool }: ToolDeps,
  location: string,
  signal: AbortSignal | undefined,
): Promise<Header> {
  const fields =
    'stream=codec_type,codec_name,width,height,sample_aspect_ratio,field_order,avg_frame_rate,r_frame_rate,start_time,duration:stream_side_data=rotation:' +
    'stream_disposition=attached_pic:format=duration,start_time:format_tags=creation_time,com.apple.quicktime.creationdate'
  const text = await runTool(
    'ffprobe',
    ['-of', 'json', '-show_entries', fields, ...guardedInput(location)],
    { signal, timeoutMs: HEADER_MS },
  )
  const { streams = [], format = {} } = JSON.parse(text) as ProbeOutput
  const video = streams.find(
    ({ codec_type, disposition }) => codec_type === 'video' && !disposition?.attached_pic,
  )
  if (!video) throw videoUnsupported('The file has no video in it, only sound or data.')
  const { codec_name: codec = 'unknown', width: storedWidth = 0, height = 0 } = video
  const width = Math.round(storedWidth * pixelAspect(video.sample_aspect_ratio))
  if (!CODECS.has(codec))
    throw videoUnsupported(`The video is coded as ${codec}. Export it as H.264 or HEVC.`)
  if (width < 16 || height < 16)
    throw videoNotDecodable('The video has no size. Copy it again from the camera.')
  if (width * height > MAX_PIXELS)
    throw videoTooLarge(`The video has ${width} × ${height} pixels; 7680 × 4320 is the limit.`)
  const durationSeconds = Number(format.duration ?? 0) || 0
  assertLength(durationSeconds)
  const containerStart = Number(format.start_time ?? 0) || 0
  const rotation = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0
  const isUpright = Math.abs(Math.round(rotation / 90)) % 2 === 0
  return {
    codec,
    width: isUpright ? width : height,
    height: isUpright ? height : width,
    framesPerSecond: rateOf(video.avg_frame_rate) || rateOf(video.r_frame_rate) || 25,
    durationSeconds,
    isInterlaced: INTERLACED.has(video.field_order ?? ''),
    hasSound: streams.some(({ codec_type }) => codec_type === 'audio'),
    recordedAt: timeOf(
      format.tags?.['com.apple.quicktime.creationdate'] ?? format.tags?.creation_time,
    ),
    containerStart,
    promisedEnd: promisedEndOf(video, { durationSeconds, containerStart }),
  }
}

/** Sound may go on for longer. Matroska tells no length of the pictures alone, and counts its own from zero, wherever its times begin. */
function promisedEndOf(
  { start_time, duration }: { start_time?: string; duration?: string },
  { durationSeconds, containerStart }: { durationSeconds: number; containerStart: number },
): number {
  const own = Number(duration)
  if (own > 0) return (Number(start_time) || 0) + own - containerStart
  return durationSeconds - Math.max(0, containerStart)
}

type ProbeOutput = {
  streams?: {
    codec_type?: string
    codec_name?: string
    width?: number
    height?: number
    sample_aspect_ratio?: string
    field_order?: string
    start_time?: string
    duration?: string
    avg_frame_rate?: string
    r_frame_rate?: string
    side_data_list?: { rotation?: number }[]
    disposition?: { attached_pic?: number }
  }[]
  format?: { duration?: string; start_time?: string; tags?: Record<string, string> }
}

function assertLength(seconds: number): void {
  if (seconds > MAX_VIDEO_SECONDS)
    throw videoTooLarge(
      `The video lasts ${(seconds / 3600).toFixed(1)} hours; the limit is ${MAX_VIDEO_SECONDS / 3600}. Send it in parts.`,
    )
}

/** Where codecs allow to begin, and where the last picture is. */
async function readPackets(
  { runTool }: ToolDeps,
  location: string,
  containerStart: number,
  signal: AbortSignal | undefined,
) {
  const keyframes: number[] = []
  let last = Number.NEGATIVE_INFINITY
  let rest = ''
  const take = (line: string) => {
    const [time = '', flags = ''] = line.split(',')
    const seconds = Number.parseFloat(time) - containerStart
    if (Number.isNaN(seconds)) return
    if (seconds > last) last = seconds
    // What was trimmed away may lie hidden before the beginning: decoding begins there all the same.
    const shown = Math.max(0, seconds)
    if (flags.startsWith('K') && shown >= (keyframes.at(-1) ?? -1) + 0.5) keyframes.push(shown)
  }
  await runTool(
    'ffprobe',
    [
      '-select_streams',
      'V:0',
      '-show_entries',
      'packet=pts_time,flags',
      '-of',
      'csv=p=0',
      ...guardedInput(location),
    ],
    {
      signal,
      timeoutMs: PACKETS_MS,
      onOutput(chunk) {
        const lines = (rest + chunk.toString('latin1')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) take(line)
      },
    },
  )
  take(rest)
  return { keyframes, last }
}

/** `30000/1001` in frames a second. */
function rateOf(fraction: string | undefined): number {
  const [over = 0, under = 1] = (fraction ?? '').split('/').map(Number)
  const rate = over / under
  return Number.isFinite(rate) && rate > 0 && rate <= 1000 ? rate : 0
}

/** `4:3`: pixels a third wider than high, as DV and HDV cameras write them. What is absurd, or rounded, is not believed. */
function pixelAspect(ratio: string | undefined): number {
  const [over = 0, under = 0] = (ratio ?? '').split(':').map(Number)
  const aspect = over / under
  const isOdd = Math.abs(aspect - 1) > 0.01
  return isOdd && aspect >= 0.25 && aspect <= 4 ? aspect : 1
}

/** Cameras without a clock write 1904 or 1970. */
function timeOf(text: string | undefined): Date | undefined {
  const time = new Date(text ?? '')
  return time.valueOf() > Date.UTC(1990, 0) ? time : undefined
}

function explainFailure(error: ToolFailure) {
  if (/moov atom not found|EOF|partial file|truncated/i.test(error.errors))
    return videoNotDecodable(
      'The video ends early: it is truncated, or was still being copied. Send it again.',
      error,
    )
  if (/whitelist|not on|Invalid data found/i.test(error.errors))
    return videoUnsupported(
      'The file is not a video of a supported format (MP4, MOV or MKV with H.264 or HEVC).',
      error,
    )
  return videoNotDecodable('The video is damaged. Copy it again from the camera.', error)
}
