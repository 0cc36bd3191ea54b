import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'

/** Grey, small: enough to tell grain of one picture from that of the next when it is the very same. */
const SIZE = { width: 480, height: 270 }
const REACH = 8

/**
 * How many pictures the first one of a clip is from that of the film at a time: 0 when players begin exactly there. For films
 * of which no two neighbouring pictures are alike.
 */
export async function framesOff(
  clip: string,
  {
    film,
    seconds,
    rate,
    signal,
  }: { film: string; seconds: number; rate: number; signal: AbortSignal },
): Promise<number> {
  const first = await decode(['-i', clip], 1, signal)
  const from = seconds - REACH / rate
  const around = await decode(['-ss', from.toFixed(4), '-i', film], 2 * REACH + 1, signal)
  const bytes = SIZE.width * SIZE.height
  const distances = Array.from({ length: Math.floor(around.length / bytes) }, (_, i) => {
    let sum = 0
    for (let at = 0; at < bytes; at += 3) sum += Math.abs(first[at]! - around[i * bytes + at]!)
    return sum
  })
  return Math.abs(distances.indexOf(Math.min(...distances)) - REACH)
}

async function decode(
  input: readonly string[],
  frames: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const scale = `scale=${SIZE.width}:${SIZE.height},format=gray`
  const output = ['-frames:v', String(frames), '-vf', scale, '-f', 'rawvideo', 'pipe:1']
  const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', ...input, '-an', ...output], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  })
  return buffer(child.stdout)
}
