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
  /** The longest side of the frames; never enlarged. */
  maxSide: number
  signal?: AbortSignal
}

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
  const { startSeconds, endSeconds, sampleFps, framesPerSecond, signal } = options
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
      `fps=${sampleFps}:start_time=0,scale=${width}:${height}:flags=fast_bilinear`,
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

/** One frame at full size. */
export async function decodeFrame(
  deps: ToolDeps,
  location: string,
  { seconds, width, height }: { seconds: number; width: number; height: number },
  signal?: AbortSignal,
): Promise<Picture | undefined> {
  let picture: Picture | undefined
  await sampleFrames(
    deps,
    location,
    {
      startSeconds: seconds,
      endSeconds: seconds + 0.04,
      sampleFps: 25,
      framesPerSecond: 0,
      width,
      height,
      maxSide: Math.max(width, height),
      ...(signal && { signal }),
    },
    async (frame) => {
      picture ??= frame.picture
    },
  )
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
