import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import type { Picture } from '../../src/media/picture.ts'
import type { Recognition } from '../../src/recognition.ts'

const run = promisify(execFile)

export const FPS = 25
/** Each picture says its number in bands of two greys, near enough that no change is taken for a cut of the film, 24 px of 360 high, the lowest bit on top; they span the width, so that crops keep them. */
const BITS = 9
const BAND = 24 / 360

/**
 * Twelve seconds and more of numbered pictures, over which a red square runs from the left to the right: the runner. With sound;
 * a keyframe every two seconds.
 */
export async function makeNumberedVideo(file: string, seconds: number): Promise<void> {
  const bit = `bitand(floor(N/pow(2\\,floor(Y/${BAND * 360})))\\,1)`
  const bands = `geq=lum='if(lt(Y\\,${BITS * BAND * 360})\\,108+32*${bit}\\,90)':cb=128:cr=128`
  await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=gray:s=640x360:r=${FPS}:d=${seconds},${bands}`],
    ...['-f', 'lavfi', '-i', `color=red:s=40x40:r=${FPS}:d=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
    ...['-filter_complex', `[0][1]overlay=x=20+t*${560 / seconds}:y=270,format=yuv420p`],
    ...[
      '-c:v',
      'libx264',
      '-g',
      '50',
      '-bf',
      '2',
      '-preset',
      'veryfast',
      '-c:a',
      'aac',
      '-y',
      file,
    ],
  ])
}

/** The number of a picture. */
export function numberOf({ data, width, height }: Picture): number {
  let value = 0
  for (let bit = 0; bit < BITS; bit++) {
    const row = Math.floor((bit + 0.5) * BAND * height) * width * 3
    const greens = Array.from({ length: width }, (_, x) => data[row + 3 * x + 1]!)
    if (greens.sort((a, b) => a - b)[width >> 1]! > 126) value += 2 ** bit
  }
  return value
}

/** The number of the first picture of a file, as players show it; with hidden ones, of the first that is in it. */
export async function firstNumber(file: string, { withHidden = false } = {}): Promise<number> {
  const { stdout } = await run(
    'ffmpeg',
    [
      ...[
        '-v',
        'error',
        '-ignore_editlist',
        withHidden ? '1' : '0',
        '-i',
        file,
        '-frames:v',
        '1',
        '-vf',
        'scale=100:360,format=gray',
      ],
      ...['-f', 'rawvideo', 'pipe:1'],
    ],
    { encoding: 'buffer' },
  )
  let value = 0
  for (let bit = 0; bit < BITS; bit++) {
    const row = Math.floor((bit + 0.5) * BAND * 360) * 100
    if (stdout.subarray(row, row + 100).toSorted()[50]! > 126) value += 2 ** bit
  }
  return value
}

const RUNNER = new Float32Array(128)
RUNNER[0] = 1

/** An engine whose faces are red squares, all of one person. */
export const squareRecognition: Pick<
  Recognition,
  'faceLocator' | 'faceDescriber' | 'selfieReader'
> = {
  faceLocator: async ({ data, width, height }) => {
    let [left, right, top, bottom] = [width, -1, height, -1]
    for (let y = 0; y < height; y += 2)
      for (let x = 0; x < width; x += 2) {
        const at = (y * width + x) * 3
        if (data[at]! < 150 || data[at + 1]! > 90 || data[at + 2]! > 90) continue
        left = Math.min(left, x)
        right = Math.max(right, x)
        top = Math.min(top, y)
        bottom = Math.max(bottom, y)
      }
    if (right < left) return []
    return [{ score: 0.99, box: [left, top, right - left + 2, bottom - top + 2] }]
  },
  faceDescriber: async (_picture, faces) =>
    faces.map(({ box, score }) => ({
      box,
      score,
      landmarks: [],
      quality: 1,
      embedding: RUNNER,
      model: 'dlib-resnet-v1',
    })),
  selfieReader: async () => RUNNER,
}

export type Played = {
  width: number
  height: number
  duration: number
  /** Number of the first picture, without seeking. */
  first: number
  /** After seeking to 2 s, back to 1 s, and to the end by playing. */
  atTwo: number
  atOne: number
  last: number
  /** The runner's middle as a share of the width, at every second. */
  runner: (number | undefined)[]
}

/** Plays a clip in a browser as visitors do, and reads the numbers of its pictures. */
export const play = (page: Page, url: string): Promise<Played> =>
  page.evaluate(
    async ({ url, bits, band }) => {
      const video = document.createElement('video')
      const event = (name: string) =>
        new Promise<void>((resolve, reject) => {
          video.addEventListener(name, () => resolve(), { once: true })
          video.addEventListener('error', () => reject(new Error(video.error?.message)), {
            once: true,
          })
          setTimeout(() => reject(new Error(`no ${name} in time`)), 20_000)
        })
      const ready = event('loadeddata')
      video.muted = true
      video.preload = 'auto'
      video.src = url
      document.body.append(video)
      await ready
      const [width, height] = [video.videoWidth, video.videoHeight]
      const canvas = new OffscreenCanvas(width, height)
      const look = () => {
        const context = canvas.getContext('2d', { willReadFrequently: true })!
        context.drawImage(video, 0, 0)
        const { data } = context.getImageData(0, 0, width, height)
        return (x: number, y: number) => {
          const at = (Math.floor(y) * width + Math.floor(x)) * 4
          return [data[at]!, data[at + 1]!, data[at + 2]!] as const
        }
      }
      const number = () => {
        const pixel = look()
        let value = 0
        for (let bit = 0; bit < bits; bit++) {
          // A watermark covers some of a band.
          const light = Array.from(
            { length: 41 },
            (_, i) => pixel(((i + 0.5) * width) / 41, (bit + 0.5) * band * height)[1],
          )
          if (light.sort((a, b) => a - b)[20]! > 126) value += 2 ** bit
        }
        return value
      }
      const runner = () => {
        const pixel = look()
        const red: number[] = []
        for (let x = 0; x < width; x += 2) {
          const [r, g, b] = pixel(x, (290 / 360) * height)
          if (r > 120 && g < 100 && b < 100) red.push(x)
        }
        return red.length > 0 ? red[Math.floor(red.length / 2)]! / width : undefined
      }
      const seek = async (seconds: number) => {
        const done = event('seeked')
        // The picture of before may still be the one that is drawn then. None is new where both are the same.
        const shown = new Promise<void>((resolve) => {
          video.requestVideoFrameCallback(() => resolve())
          setTimeout(resolve, 3000)
        })
        video.currentTime = seconds
        await done
        await shown
        return { number: number(), runner: runner() }
      }
      const first = number()
      const two = await seek(2)
      const one = await seek(1)
      const places = [one.runner]
      for (let second = 2; second < video.duration; second++)
        places.push((await seek(second)).runner)
      await seek(video.duration - 0.5)
      const ended = event('ended')
      await video.play()
      await ended
      return {
        width,
        height,
        duration: video.duration,
        first,
        atTwo: two.number,
        atOne: one.number,
        last: number(),
        runner: places,
      }
    },
    { url, bits: BITS, band: BAND },
  )
