import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addEvent, EXT, formOf, MANAGE, startSystem, untilIdle } from '../../test/test-deps.ts'
import { hasFfmpeg } from '../../test/videos.ts'
import { FACE_MODEL, FACE_MODELS } from '../faces/engine/face-model.ts'
import { modelUser } from '../faces/face-models.fixture.ts'
import { hasDownloadedFiles, installDownloaded } from '../faces/packs/downloaded-files.fixture.ts'
import { openDecoder } from '../media/decoder/open-decoder.ts'
import { sharp } from '../media/sharp.ts'
import { openRecognition } from '../recognition.ts'

const run = promisify(execFile)

const facePackage = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')
const sample = (number: number) =>
  path.join(path.dirname(facePackage), 'demo', `sample${number}.jpg`)
/** The fused model is not sure of this pair of a photo and a film. */
const packs = FACE_MODELS.filter(({ name }) => name === 'yunet')
const PATIENCE = 180_000

describe.skipIf(!hasDownloadedFiles || !hasFfmpeg)('a film of three people', async () => {
  if (!hasDownloadedFiles || !hasFfmpeg) return
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'trackside-packs-'))
  const cacheDir = path.join(modelsDir, 'cache')
  const decoder = openDecoder({ size: 1, maxQueue: 64 })
  const { decode } = decoder
  const recognition = openRecognition({ cacheDir, modelsDir, threads: 1, maxQueue: 64, decode })
  const { faceLocator, faceDescriber, knownFaceDescriber, selfieReader } = recognition
  const engines = { faceLocator, faceDescriber, knownFaceDescriber, selfieReader }
  const system = await startSystem(engines)
  const { ok, context, folder } = system
  let event: number

  beforeAll(async () => {
    await installDownloaded(
      modelsDir,
      packs.map(({ name }) => name),
    )
    event = await addEvent(system, {
      ...{ video_search: true, video_selfie_search: true },
      motion: { confidence_percentage: 30 }, // one photo against one film: not all models are as sure
    })
    const film = path.join(folder, 'film.mp4')
    const pan = 'scale=1440:-2,crop=1280:720:40*t:100,format=yuv420p'
    const picture = ['-loop', '1', '-framerate', '25', '-t', '3', '-i', sample(1)]
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50']
    await run('ffmpeg', ['-v', 'error', ...picture, '-vf', pan, ...coded, film])
    await ok('POST', `${MANAGE}/event/${event}/videos`, {
      form: formOf(['film.mp4', await readFile(film)]),
    })
    await untilIdle(system, event, PATIENCE)
  }, PATIENCE)
  afterAll(async () => {
    await recognition.stop()
    await decoder.stop()
    await rm(modelsDir, { recursive: true })
  })

  /** The persons of the film whom somebody of another photo is, by where he stands in it: left, middle or right. */
  async function find(place: 0 | 1 | 2): Promise<string[]> {
    const photo = await readFile(sample(3))
    const { signal } = new AbortController()
    const picture = await decode(photo, { signal })
    const faces = await recognition.faceFinder(picture, signal)
    const [x, y, width, height] = faces.toSorted((a, b) => a.box[0] - b.box[0])[place]!.box
    const [left, top] = [Math.max(0, x - width / 2), Math.max(0, y - height / 2)]
    const part = { left, top, width: 2 * width, height: 2 * height }
    const rounded = Object.fromEntries(Object.entries(part).map(([k, v]) => [k, Math.round(v)]))
    const selfie = await sharp(photo)
      .extract(rounded as typeof part)
      .jpeg()
      .toBuffer()
    const search = `${EXT}/event/${event}/video-clipping/search-by-selfie`
    const { request_id } = await ok('POST', search, { form: formOf(['me.jpg', selfie]) })
    const { rows } = await context.pool.query(
      'select thread from video_moment where event_id = $1 and search_id = $2',
      [event, request_id],
    )
    return rows.map(({ thread }) => thread)
  }

  test.each([FACE_MODEL, ...packs])(
    'is searched with $name, each model by its own numbers',
    async (model) => {
      await modelUser(system)(model)
      await untilIdle(system, event, PATIENCE)
      const { rows } = await context.pool.query(
        `select model, track_id, octet_length(embedding) / 4 as numbers from video_face
         where event_id = $1 and model = any($2)`,
        [event, [model.id]],
      )
      expect(new Set(rows.map(({ track_id }) => track_id)).size).toBe(3)
      expect(new Set(rows.map(({ numbers }) => numbers))).toEqual(new Set([model.dimensions]))
      const [inTheMiddle, atTheLeft] = [await find(1), await find(0)]
      expect(inTheMiddle).toHaveLength(1)
      expect(atTheLeft).toEqual([])
      const { rows: tracks } = await context.pool.query(
        'select path[2] as x from video_track where event_id = $1 and thread = $2',
        [event, inTheMiddle[0]],
      )
      expect(tracks[0].x).toBeGreaterThan(0.5) // the one at the right of the film
    },
    PATIENCE,
  )
})
