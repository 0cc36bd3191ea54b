import { guardedInput, type ToolDeps, ToolFailure } from './run-ffmpeg.ts'
import { fitInside, WEAVE } from './sample-frames.ts'

/** A window of a video, in seconds as players show it. */
export type Window = { readonly startSeconds: number; readonly endSeconds: number }

type Cut = Window & { readonly out: string; readonly signal?: AbortSignal | undefined }

/** Starts of a source before its frames are decoded: 6 s are copied in 0.2 s and encoded at 720p in 6 CPU seconds. */
const COPY_MS = 60_000
const MS_PER_ENCODED_SECOND = 20_000

const MP4 = ['-map_metadata', '-1', '-map_chapters', '-1', '-movflags', '+faststart', '-f', 'mp4']
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-threads', '2']
const AAC = ['-c:a', 'aac', '-b:a', '128k', '-ac', '2']

const windowOf = (location: string, { startSeconds, endSeconds }: Window) => [
  '-ss',
  startSeconds.toFixed(3),
  ...guardedInput(location),
  '-t',
  (endSeconds - startSeconds).toFixed(3),
]

/**
 * Copies the pictures of a window without decoding: from the keyframe before it on, and an edit list hides what lies before its
 * start, so that players begin exactly there. Sound is encoded anew: not all that cameras write may stand in an MP4.
 */
export const copyClip = (deps: ToolDeps, location: string, cut: Cut): Promise<void> =>
  withOrWithoutSound(deps, cut.signal, COPY_MS, (sound) => [
    ...windowOf(location, cut),
    '-map',
    '0:V:0',
    ...sound,
    '-c:v',
    'copy',
    ...MP4,
    '-y',
    cut.out,
  ])

/** How an encoded clip looks. */
export type Look = {
  /** Of the source as displayed. */
  readonly width: number
  readonly height: number
  readonly isInterlaced: boolean
  /** A PNG of the size of the result, laid over it. */
  readonly overlay?: string | undefined
  /** Upright 9:16, its left edge (share of the free width) along time in the clip. */
  readonly follow?: readonly { seconds: number; share: number }[] | undefined
}

/** The longer side of encoded clips: 1280 x 720 and 720 x 1280. */
const ENCODED_SIDE = 1280

/** The size that an encoded clip has. */
export function encodedSize({ width, height, follow }: Pick<Look, 'width' | 'height' | 'follow'>): {
  width: number
  height: number
} {
  if (!follow) return fitInside({ width, height }, ENCODED_SIDE)
  return fitInside({ width: uprightWidth({ width, height }), height }, ENCODED_SIDE)
}

const uprightWidth = ({ width, height }: { width: number; height: number }) =>
  Math.min(width, 2 * Math.round((height * 9) / 32))

/** Encodes a window anew, as H.264 and AAC: with a mark, cropped upright, or from a codec that browsers do not play. */
export function encodeClip(deps: ToolDeps, location: string, cut: Cut, look: Look): Promise<void> {
  const size = encodedSize(look)
  const crop = look.follow ? `crop=${uprightWidth(look)}:${look.height}:${cropLeft(look)}:0,` : ''
  // Square pixels first: the crop is reckoned in them. Where they are square already, nothing is done.
  const square = `scale=${look.width}:${look.height}:flags=bicubic,setsar=1,`
  const whole = look.isInterlaced ? WEAVE : ''
  const scaled = `[0:V:0]${whole}${square}${crop}scale=${size.width}:${size.height}:flags=bicubic,setsar=1`
  const filter = look.overlay ? `${scaled}[v];[v][1:v]overlay=0:0[out]` : `${scaled}[out]`
  const overlay = look.overlay
    ? ['-protocol_whitelist', 'file', '-f', 'png_pipe', '-i', `file:${look.overlay}`]
    : []
  const seconds = cut.endSeconds - cut.startSeconds
  return withOrWithoutSound(
    deps,
    cut.signal,
    COPY_MS + Math.ceil(seconds * MS_PER_ENCODED_SECOND),
    (sound) => [
      '-ss',
      cut.startSeconds.toFixed(3),
      ...guardedInput(location),
      ...overlay,
      '-t',
      seconds.toFixed(3),
      '-filter_complex',
      filter,
      '-map',
      '[out]',
      ...sound,
      ...X264,
      '-crf',
      '22',
      ...MP4,
      '-y',
      cut.out,
    ],
  )
}

/** The left edge of the crop along time, piecewise linear. Numbers only: nothing of a user's is in it. */
function cropLeft({
  width,
  height,
  follow = [],
}: Pick<Look, 'width' | 'height' | 'follow'>): string {
  const free = width - uprightWidth({ width, height })
  const at = (share: number) => (Math.min(1, Math.max(0, share)) * free).toFixed(1)
  const last = follow.at(-1)
  if (!last || free === 0) return String(Math.round(free / 2))
  let expression = at(last.share)
  for (let i = follow.length - 2; i >= 0; i--) {
    const [from, to] = [follow[i]!, follow[i + 1]!]
    const slope = `(${at(to.share)}-${at(from.share)})/${(to.seconds - from.seconds).toFixed(3)}`
    const line = `${at(from.share)}+max(0\\,t-${from.seconds.toFixed(3)})*${slope}`
    expression = `if(lt(t\\,${to.seconds.toFixed(3)})\\,${line}\\,${expression})`
  }
  return expression
}

/** What people watch of a clip before they choose it. */
export const PREVIEW_SECONDS = 3

/** Three seconds, small and without sound, to be shown in a loop: a twentieth of a GIF. */
export const cutPreview = (
  deps: ToolDeps,
  location: string,
  cut: Cut & { readonly isInterlaced: boolean },
): Promise<void> =>
  run(deps, cut.signal, COPY_MS + PREVIEW_SECONDS * MS_PER_ENCODED_SECOND, [
    ...windowOf(location, {
      startSeconds: cut.startSeconds,
      endSeconds: Math.min(cut.endSeconds, cut.startSeconds + PREVIEW_SECONDS),
    }),
    '-map',
    '0:V:0',
    '-an',
    '-vf',
    `${cut.isInterlaced ? WEAVE : ''}fps=15,scale=320:-2`,
    ...X264,
    '-crf',
    '28',
    ...MP4,
    '-y',
    cut.out,
  ])

/** The picture of a clip at a time, 960 px wide at most. */
export const cutPoster = (
  deps: ToolDeps,
  clip: string,
  { atSeconds, out, signal }: { atSeconds: number; out: string; signal?: AbortSignal | undefined },
): Promise<void> =>
  run(deps, signal, COPY_MS, [
    '-ss',
    atSeconds.toFixed(3),
    ...guardedInput(clip),
    '-map',
    '0:V:0',
    '-frames:v',
    '1',
    '-vf',
    "scale='min(960,iw)':-2",
    '-q:v',
    '4',
    '-map_metadata',
    '-1',
    '-f',
    'image2',
    '-y',
    out,
  ])

async function run(
  { runTool }: ToolDeps,
  signal: AbortSignal | undefined,
  timeoutMs: number,
  args: readonly string[],
) {
  await runTool('ffmpeg', args, { signal, timeoutMs })
}

/** A clip with sound; where the sound cannot be decoded, one without. */
async function withOrWithoutSound(
  deps: ToolDeps,
  signal: AbortSignal | undefined,
  timeoutMs: number,
  args: (sound: readonly string[]) => readonly string[],
): Promise<void> {
  try {
    await run(deps, signal, timeoutMs, args(['-map', '0:a:0?', ...AAC]))
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error
    await run(deps, signal, timeoutMs, args(['-an']))
  }
}
