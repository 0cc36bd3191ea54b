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

const PATIENCE = 120_000
type Clips = {
  request_id: string
  status: string
  clips: { id: string }[]
  videos_indexing: number
}

describe.skipIf(!hasFfmpeg)('videos that are indexed after a selfie', async () => {
  if (!hasFfmpeg) return
  let gate = Promise.resolve()
  const system = await startSystem({
    ...squareRecognition,
    faceLocator: async (...asked) => {
      await gate
      return squareRecognition.faceLocator(...asked)
    },
  })
  const { call, ok, folder } = system
  let film: Uint8Array<ArrayBuffer>

  beforeAll(async () => {
    const file = join(folder, 'numbered.mp4')
    await makeNumberedVideo(file, 6)
    film = Uint8Array.from(await readFile(file))
  }, PATIENCE)

  let films = 0
  async function addFilm(event: number) {
    const form = new FormData()
    // A player ignores what lies behind the last box, a hash does not.
    const last = Buffer.from([0, 0, 0, 12, ...Buffer.from('free'), 0, 0, 0, ++films])
    form.append('file', new Blob([film, last]), `film-${films}.mp4`)
    await ok('POST', `${MANAGE}/event/${event}/videos`, { form })
  }
  async function addGallery(slug: string) {
    const settings = { event_slug: slug, visibility: 'public', video_selfie_search: true }
    const event = await addEvent(system, settings)
    return { event, path: `/api/v1/gallery/${slug}` }
  }
  async function take(path: string): Promise<string> {
    const form = formOf(['me.jpg', await jpeg()])
    return (await ok('POST', `${path}/selfie`, { key: null, form })).token
  }
  async function findClips(path: string, result: string): Promise<Clips> {
    let found: Clips = await ok('POST', `${path}/clips`, { key: null, json: { result } })
    for (const end = Date.now() + PATIENCE; found.status === 'processing'; ) {
      if (Date.now() > end) throw new Error('the clips are not cut')
      await new Promise((resolve) => setTimeout(resolve, 100))
      found = await ok('GET', `${path}/clips/${found.request_id}`, { key: null })
    }
    return found
  }

  test(
    'are found when a result is asked again, though it was made before any video came',
    async () => {
      const { event, path } = await addGallery('before-all')
      const token = await take(path)
      expect(await findClips(path, token)).toMatchObject({ clips: [], videos_indexing: 0 })
      await addFilm(event)
      await untilIdle(system, event, PATIENCE)
      const { clips } = await findClips(path, token)
      expect(clips).toHaveLength(1)
      // Nothing new: nothing is added.
      expect((await findClips(path, token)).clips.map(({ id }) => id)).toEqual([clips[0]!.id])
    },
    PATIENCE,
  )

  test(
    'are not in the stored result of the API, which is given as it was, but in that of a new search',
    async () => {
      const { event } = await addGallery('by-api')
      const path = `${EXT}/event/${event}/video-clipping/search-by-selfie`
      const search = async (query = '') =>
        ok('POST', `${path}${query}`, { form: formOf(['me.jpg', await jpeg()]) })
      const { request_id: stored, moments } = await search()
      expect(moments).toEqual([])
      await addFilm(event)
      await untilIdle(system, event, PATIENCE)
      const again = await search(`?request_id=${stored}`)
      expect(again).toMatchObject({ request_id: stored, moments: [], videos_indexing: 0 })
      expect((await search()).moments).toHaveLength(1)
    },
    PATIENCE,
  )

  test(
    'are told of while they are being indexed, and come beside the clips that were there, for friends too',
    async () => {
      const { event, path } = await addGallery('meanwhile')
      await addFilm(event)
      await untilIdle(system, event, PATIENCE)
      const held = Promise.withResolvers<void>()
      gate = held.promise
      await addFilm(event)
      const token = await take(path)
      const early = await findClips(path, token)
      expect([early.clips.length, early.videos_indexing]).toEqual([1, 1])
      const search = `${EXT}/event/${event}/video-clipping/search-by-bib`
      const bib = await call('POST', search, { json: { bib: '7' } })
      expect(bib.body).toMatchObject({
        message: expect.stringContaining('1 video is still being indexed'),
        data: { status: 'completed', clips: [], videos_indexing: 1 },
      })

      held.resolve()
      await untilIdle(system, event, PATIENCE)
      const { token: shared } = await ok('POST', `${path}/results/${token}/share`, { key: null })
      const late = await findClips(path, shared)
      expect(late.clips.map(({ id }) => id)).toEqual([early.clips[0]!.id, expect.any(String)])
      expect([late.request_id, late.videos_indexing]).toEqual([early.request_id, 0])
    },
    PATIENCE,
  )
})
