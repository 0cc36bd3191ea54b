import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  EXT,
  formOf,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
} from '../../test/test-deps.ts'
import { hasFfmpeg } from '../../test/videos.ts'
import { makeNumberedVideo, squareRecognition } from '../../test/web/numbered-video.ts'
import { FACE_MODELS } from '../faces/engine/face-model.ts'
import { BUILT_IN, FUSED, modelUser, OTHER } from '../faces/face-models.fixture.ts'
import { formRuns } from './look-again.ts'

const PATIENCE = 120_000

/** The runner in the numbers of a model: what two models see is never alike, nor as long. */
function runnerOf(id: string): Float32Array {
  const model = FACE_MODELS.find((one) => one.id === id)!
  const vector = new Float32Array(model.dimensions)
  vector[id === BUILT_IN.id ? 0 : model.dimensions - 1] = 1
  return vector
}

test('moments between two keyframes are decoded at one go, others from the keyframe before them', () => {
  const looks = [9, 1, 3, 1.4].map((seconds) => ({ seconds }))
  const runs = formRuns(looks, [0, 2, 4, 6, 8.5]).map((run) => run.map(({ seconds }) => seconds))
  expect(runs).toEqual([[1, 1.4], [3], [9]])
})

describe.skipIf(!hasFfmpeg)('videos of an event that changes its face model', async () => {
  if (!hasFfmpeg) return
  let gate = Promise.resolve()
  let looks = 0
  /** How far the faces that the other model was shown were from where it was told, in pixels. */
  const misplaced: number[] = []
  const asked: string[] = []
  const system = await startSystem({
    ...squareRecognition,
    faceDescriber: async (picture, faces, signal) =>
      (await squareRecognition.faceDescriber(picture, faces, signal)).map((face) => ({
        ...face,
        landmarks: Array.from({ length: 10 }, (_, i) => face.box[i % 2]!),
        embedding: runnerOf(BUILT_IN.id),
      })),
    knownFaceDescriber: async (picture, known, signal, model) => {
      looks += 1
      await gate
      const look = { sides: [256] }
      const [red] = await squareRecognition.faceLocator(picture, look, signal)
      const off = red?.box.map((value, i) => Math.abs(value - known.box[i]!)) ?? [Infinity]
      misplaced.push(...off, Math.abs(known.landmarks[0]! - known.box[0]))
      return { ...known, model, embedding: runnerOf(model) }
    },
    selfieReader: async (_selfie, _signal, model = BUILT_IN.id) => {
      asked.push(model)
      return runnerOf(model)
    },
  })
  const { ok, folder, context } = system
  const use = modelUser(system)
  let film: Uint8Array<ArrayBuffer>

  beforeAll(async () => {
    const file = join(folder, 'numbered.mp4')
    await makeNumberedVideo(file, 4)
    film = Uint8Array.from(await readFile(file))
  }, PATIENCE)

  let films = 0
  async function addFilm(event: number): Promise<string> {
    const form = new FormData()
    // A player ignores what lies behind the last box, a hash does not.
    const last = Buffer.from([0, 0, 0, 12, ...Buffer.from('free'), 0, 0, 0, ++films])
    form.append('file', new Blob([film, last]), 'film.mp4')
    return (await ok('POST', `${MANAGE}/event/${event}/videos`, { form })).video_id
  }
  async function addFilmed(): Promise<number> {
    const event = await addEvent(system, { video_search: true, video_selfie_search: true })
    await addFilm(event)
    await untilIdle(system, event, PATIENCE)
    return event
  }
  /** The films in which a selfie finds the runner, and with which model it was read. */
  async function find(event: number) {
    asked.length = 0
    const form = formOf(['me.jpg', await jpeg()])
    const path = `${EXT}/event/${event}/video-clipping/search-by-selfie`
    const { moments } = await ok('POST', path, { form })
    return { moments: moments.length, models: [...new Set(asked)] }
  }
  const query = async (sql: string, ...values: unknown[]) =>
    (await context.pool.query(sql, values)).rows
  const vectorsOf = async (event: number) =>
    Object.fromEntries(
      (
        await query(
          'select model, count(*)::int as n from video_face where event_id = $1 group by model',
          event,
        )
      ).map(({ model, n }) => [model, n]),
    )

  test(
    'are found by the model before until all of them were looked at anew, then by the new one',
    async () => {
      const event = await addFilmed()
      const { [BUILT_IN.id]: kept } = await vectorsOf(event)
      expect(kept).toBeGreaterThan(2)
      const held = Promise.withResolvers<void>()
      gate = held.promise
      misplaced.length = 0
      looks = 0
      expect(await use(FUSED)).toMatchObject([{ eventId: event, videos: 1, videosSeen: 0 }])
      await expect.poll(() => looks, { timeout: 60_000 }).toBe(1)
      expect(await find(event)).toEqual({ moments: 1, models: [BUILT_IN.id] })
      expect((await ok('GET', `${MANAGE}/event/${event}/progress`)).idle).toBe(false)

      await addFilm(event)
      held.resolve()
      await untilIdle(system, event, PATIENCE)
      expect(await vectorsOf(event)).toEqual({ [BUILT_IN.id]: 2 * kept, [FUSED.id]: 2 * kept })
      expect(await find(event)).toEqual({ moments: 2, models: [FUSED.id] })
      // The very frames, in the film that was decoded again and in the new one.
      expect(looks).toBe(2 * kept)
      expect(Math.max(...misplaced)).toBeLessThan(2.01)

      // From one to another that is not the built-in one: photos have been seen before videos are.
      const again = Promise.withResolvers<void>()
      gate = again.promise
      looks = 0
      await use(OTHER)
      await expect.poll(() => looks, { timeout: 60_000 }).toBe(1)
      const open = `select from pgboss.job where name = 'faces.reindex' and (data->>'eventId')::int = $1 and state < 'completed'`
      await expect.poll(() => query(open, event), { timeout: 60_000 }).toEqual([])
      expect(await find(event)).toEqual({ moments: 2, models: [FUSED.id] })
      again.resolve()
      await untilIdle(system, event, PATIENCE)
      expect(await find(event)).toEqual({ moments: 2, models: [OTHER.id] })

      await use(BUILT_IN)
      await untilIdle(system, event, PATIENCE)
      expect(await vectorsOf(event)).toEqual({ [BUILT_IN.id]: 2 * kept })
      expect(await find(event)).toEqual({ moments: 2, models: [BUILT_IN.id] })
    },
    PATIENCE,
  )

  test(
    'bring nobody back who was forgotten while they were looked at anew',
    async () => {
      const event = await addFilmed()
      const held = Promise.withResolvers<void>()
      gate = held.promise
      looks = 0
      await use(FUSED)
      await expect.poll(() => looks, { timeout: 60_000 }).toBe(1)
      await query('delete from video_face where event_id = $1', event)
      held.resolve()
      await untilIdle(system, event, PATIENCE)
      expect(await vectorsOf(event)).toEqual({})
      await use(BUILT_IN)
      await untilIdle(system, event, PATIENCE)
    },
    PATIENCE,
  )

  test(
    'that were indexed before models could be changed are found by the built-in one until the model in use is asked for again',
    async () => {
      const event = await addFilmed()
      await query('update video_face set landmarks = null where event_id = $1', event)
      // As an upgrade leaves it: the wanted model is in use, and has seen no video.
      await query(`update setting set value = $1 where name = 'face_model'`, Buffer.from(FUSED.id))
      expect(await find(event)).toEqual({ moments: 1, models: [BUILT_IN.id] })
      misplaced.length = 0
      const started = (await use(FUSED)).find(({ eventId }) => eventId === event)
      expect(started).toMatchObject({ videos: 1, videosSeen: 0 })
      await untilIdle(system, event, PATIENCE)
      expect(await find(event)).toEqual({ moments: 1, models: [FUSED.id] })
      expect(misplaced.length).toBeGreaterThan(0)
      expect(Math.max(...misplaced)).toBeLessThan(2.01)
      expect((await use(FUSED)).map(({ eventId }) => eventId)).not.toContain(event)
      await use(BUILT_IN)
      await untilIdle(system, event, PATIENCE)
    },
    PATIENCE,
  )

  test(
    'whose file is gone keep the event with its model, and are found by it',
    async () => {
      const event = await addFilmed()
      const [row] = await query('select original_key from video where event_id = $1', event)
      await context.store.remove(row.original_key)
      await use(FUSED)
      const isOver = async () =>
        (
          await query(
            `select count(*)::int as n from pgboss.job where name = 'motion.reindex' and (data->>'eventId')::int = $1
             and state in ('retry', 'failed')`,
            event,
          )
        )[0].n > 0
      await expect.poll(isOver, { timeout: 60_000 }).toBe(true)
      expect((await find(event)).models).toEqual([BUILT_IN.id])
      expect(Object.keys(await vectorsOf(event))).toEqual([BUILT_IN.id])
    },
    PATIENCE,
  )
})
