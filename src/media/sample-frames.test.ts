import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../../test/videos.ts'
import { makeNumberedVideo, numberOf } from '../../test/web/numbered-video.ts'
import { createRunTool } from './run-ffmpeg.ts'
import { decodeFrame, sampleFrames } from './sample-frames.ts'

const SIZE = { width: 640, height: 360 }

describe.skipIf(!hasFfmpeg)('frames of a stretch', () => {
  const deps = { runTool: createRunTool(process.env) }
  let folder: string
  let film: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trackside-frames-'))
    film = join(folder, 'numbered.mp4')
    await makeNumberedVideo(film, 4)
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true }))

  test('are the very same when they are decoded again, one by one and at full size', async () => {
    for (const framesPerSecond of [10, 25]) {
      const options = {
        ...SIZE,
        startSeconds: 0.4,
        sampleFps: 5,
        framesPerSecond,
        isInterlaced: false,
      }
      const seen: [seconds: number, number: number][] = []
      const small = { ...options, endSeconds: 3, maxSide: 320 }
      await sampleFrames(deps, film, small, async ({ seconds, picture }) => {
        seen.push([seconds, numberOf(picture)])
      })
      expect(seen).toHaveLength(13)
      for (const [seconds, number] of seen) {
        const frame = await decodeFrame(deps, film, options, seconds)
        expect(frame).toMatchObject(SIZE)
        expect(numberOf(frame!), `at ${seconds} s of ${framesPerSecond}`).toBe(number)
      }
    }
  }, 60_000)
})
