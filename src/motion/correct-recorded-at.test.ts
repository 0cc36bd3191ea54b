import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addEvent, EXT, formOf, MANAGE, startSystem, untilIdle } from '../../test/test-deps.ts'
import { hasFfmpeg, makeVideo } from '../../test/videos.ts'

const PATIENCE = 120_000

test.skipIf(!hasFfmpeg)(
  'a video of a camera whose clock was wrong is put right, and searches by time follow',
  async () => {
    const system = await startSystem()
    const { call, folder, ok } = system
    const event = await addEvent(system)
    const other = await addEvent(system)
    const film = await readFile(await makeVideo(join(folder, 'a.mp4'), { seconds: 4 }))
    const form = formOf(['a.mp4', film])
    const videos = `${MANAGE}/event/${event}/videos`
    const { video_id } = await ok('POST', `${videos}?recorded_at=2019-01-01T00:00:00Z`, { form })
    await untilIdle(system, event, PATIENCE)
    const momentsAt = async (start: string) => {
      const from = Date.parse(start) / 1000
      const path = `${EXT}/event/${event}/video-clipping/search-by-time`
      return (await ok('POST', path, { json: { from, to: from + 2 } })).moments
    }
    const change = (path: string, recorded_at: unknown) =>
      call('PATCH', path, { json: { recorded_at } })
    expect(await momentsAt('2026-06-14T08:00:01Z')).toEqual([])

    const changed = await change(`${videos}/${video_id}`, '2026-06-14T10:00:00+02:00')
    expect(changed).toMatchObject({
      status: 200,
      body: { data: { video_id, status: 'done', recorded_at: '2026-06-14T08:00:00.000Z' } },
    })
    expect(await momentsAt('2026-06-14T08:00:01Z')).toMatchObject([
      { video_id, start_time: 1, end_time: 3 },
    ])
    expect(await momentsAt('2019-01-01T00:00:01Z')).toEqual([])
    const listed = (await ok('GET', videos)).videos
    expect(listed).toMatchObject([{ recorded_at: '2026-06-14T08:00:00.000Z' }])

    const elsewhere = `${MANAGE}/event/${other}/videos/${video_id}`
    expect(await change(elsewhere, '2026-06-14T09:00:00Z')).toMatchObject({
      status: 404,
      headers: { 'x-error-code': 'video_not_found' },
    })
    expect(await change(`${videos}/no-id`, '2026-06-14T09:00:00Z')).toMatchObject({ status: 404 })
    for (const bad of ['2026-06-14T09:00:00', '2026-14-14T09:00:00Z', '', null])
      expect(await change(`${videos}/${video_id}`, bad)).toMatchObject({
        status: 422,
        headers: { 'x-error-code': 'validation_failed' },
      })
    expect((await ok('GET', videos)).videos).toEqual(listed)
    await untilIdle(system, event, PATIENCE)
  },
  PATIENCE,
)
