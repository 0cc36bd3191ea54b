import type { Picture } from './picture.ts'
import { guardedInput, type ToolDeps } from './run-ffmpeg.ts'

export type SampleOptions = {
  /** Seconds of the video as players show it. */
  startSeconds: number
  endSeconds: number
  sampleFps: number
  /** Of the video as displayed. */
  width: number
  height: number
  framesPerSecond: number
  isInterlaced: boolean
  /** The longest side of the frames; never enlarged. */
  maxSide: number
  signal?: AbortSignal
}

/** Makes whole pictures of two halves; what is whole already passes. */
export const WEAVE = 'bwdif=mode=send_frame:deint=interlaced,'

/** A frame is lent: its pixels are overwritten by the fourth frame after it. */
export type Frame = { readonly picture: Picture; readonly seconds: number }

const LENT_FRAMES = 4
/** The slowest decoding that is waited for: 0.02 x real time, the pauses of a busy recogniser included. */
const MS_PER_SECOND = 50_000

/**
 * Decodes a stretch of a video to upright RGB frames at a fixed rate, one process, constant memory: ffmpeg waits while `onFrame`
 * works. Pictures that no other refers to are not even decoded where enough others remain (a quarter less CPU).
 */
export async function sampleFrames(
  { runTool }: ToolDeps,
  location: string,
  options: SampleOptions,
  onFrame: (frame: Frame) => Promise<void>,
): Promise<void> {
  const { startSeconds, endSeconds, sampleFps, framesPerSecond, isInterlaced, signal } = options
  const { width, height } = fitInside(options, options.maxSide)
  const bytes = width * height * 3
  const pool = Array.from(
    { length: LENT_FRAMES },
    () => new Uint8Array(new SharedArrayBuffer(bytes)),
  )
  let filled = 0
  let count = 0
  const length = endSeconds - startSeconds
  await runTool(
    'ffmpeg',
    [
      // Every fourth picture at least is a reference in what cameras write.
      ...(sampleFps * 4 <= framesPerSecond ? ['-skip_frame', 'noref'] : []),
      '-threads',
      '1',
      '-ss',
      startSeconds.toFixed(6),
      ...guardedInput(location),
      '-t',
      length.toFixed(6),
      '-map',
      '0:V:0',
      '-an',
      '-sn',
      '-dn',
      '-vf',
      `${isInterlaced ? WEAVE : ''}fps=${sampleFps}:start_time=0,scale=${width}:${height}:flags=fast_bilinear`,
      '-threads',
      '1',
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      'pipe:1',
    ],
    {
      signal,
      timeoutMs: 60_000 + Math.ceil(length * MS_PER_SECOND),
      async onOutput(chunk) {
        for (let at = 0; at < chunk.length; ) {
          const data = pool[count % LENT_FRAMES]!
          const taken = Math.min(chunk.length - at, bytes - filled)
          data.set(chunk.subarray(at, at + taken), filled)
          filled += taken
          at += taken
          if (filled < bytes) continue
          const seconds = startSeconds + count / sampleFps
          count++
          filled = 0
          await onFrame({ picture: { data, width, height }, seconds })
        }
      },
    },
  )
}

/** Samples before the one that is wanted, so that decoding has begun when it comes. */
const RUN_UP = 2

/**
 * Frames of a stretch again that were sampled before, the very same pictures: a sample shows the last picture before the middle between
 * it and the next, and which pictures there are depends on what is decoded.
 *
 * @param options as the whole stretch was sampled; the size may be another
 * @param span the times of the first and the last frame that are wanted
 */
export function sampleFramesAgain(
  deps: ToolDeps,
  location: string,
  { startSeconds, sampleFps, ...options }: Omit<SampleOptions, 'endSeconds'>,
  [first, last]: readonly [first: number, last: number],
  onFrame: (frame: Frame) => Promise<void>,
): Promise<void> {
  const again = {
    ...options,
    sampleFps,
    startSeconds: Math.max(startSeconds, first - RUN_UP / sampleFps),
    endSeconds: last + 0.5 / sampleFps,
  }
  return sampleFrames(deps, location, again, onFrame)
}

/** Whether two times are those of one sample. */
export const isSameSample = (a: number, b: number, sampleFps: number) =>
  Math.abs(a - b) < 0.25 / sampleFps

/** One of the frames of a stretch at full size. */
export async function decodeFrame(
  deps: ToolDeps,
  location: string,
  options: Omit<SampleOptions, 'endSeconds' | 'maxSide'>,
  seconds: number,
): Promise<Picture | undefined> {
  let picture: Picture | undefined
  const maxSide = Math.max(options.width, options.height)
  const whole = { ...options, maxSide }
  await sampleFramesAgain(deps, location, whole, [seconds, seconds], async (frame) => {
    if (isSameSample(frame.seconds, seconds, options.sampleFps)) picture = frame.picture
  })
  return picture
}

/** Even sides, as codecs want them. */
export function fitInside(
  { width, height }: { width: number; height: number },
  maxSide: number,
): { width: number; height: number } {
  const scale = Math.min(1, maxSide / Math.max(width, height))
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2))
  return { width: even(width), height: even(height) }
}
