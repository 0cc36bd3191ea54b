import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addEvent, EXT, MANAGE, startSystem, untilIdle } from '../test-deps.ts'
import { hasFfmpeg, makeVideo } from '../videos.ts'
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts'
import { describeOnSwift, newSettings } from './test-store.ts'

describeOnSwift('videos on S3', () => {
  let proxy: CountingProxy
  beforeAll(async () => {
    proxy = await startCountingProxy(newSettings().endpoint)
  })
  afterAll(() => proxy?.stop())

  test.skipIf(!hasFfmpeg)(
    'a clip is cut by reading parts of its video, however long that is',
    async () => {
      const { credentials, ...s3 } = newSettings()
      const secrets = { databaseUrl: undefined, apiKey: undefined, s3: credentials }
      const system = await startSystem({}, { s3: { ...s3, endpoint: proxy.url }, secrets })
      const { ok, folder } = system
      const eventId = await addEvent(system, { video_search: true, timeline_search: true })
      // Noise, as it costs bytes; the index of an MP4 stands at its end.
      const file = await makeVideo(join(folder, 'long.mp4'), {
        seconds: 70,
        source: 'testsrc2=size=320x180:rate=25',
        coded: '-vf noise=alls=40:allf=t -c:v libx264 -preset ultrafast -qp 12 -g 50'.split(' '),
      })
      const total = (await stat(file)).size
      expect(total).toBeGreaterThan(30_000_000)
      const form = new FormData()
      form.append('recorded_at', '2026-06-14T08:00:00Z')
      form.append('file', new Blob([Uint8Array.from(await readFile(file))]), 'long.mp4')
      await ok('POST', `${MANAGE}/event/${eventId}/videos`, { form })
      await untilIdle(system, eventId, 120_000)
      const { videos } = await ok('GET', `${MANAGE}/event/${eventId}/videos`)
      expect(videos).toMatchObject([{ status: 'done', error: null }])
      const indexing = proxy.takeReads()

      const from = Date.parse('2026-06-14T08:00:41Z') / 1000
      const path = `${EXT}/event/${eventId}/video-clipping`
      const asked = await ok('POST', `${path}/search-by-time`, { json: { from, to: from + 5 } })
      await untilIdle(system, eventId, 60_000)
      const cutting = proxy.takeReads()
      const { clips } = await ok('GET', `${path}/${asked.request_id}`)
      expect(clips).toMatchObject([{ start_time: 41, end_time: 46 }])

      const describe = ({ requests, bytes }: typeof cutting) =>
        `${(bytes / 1e6).toFixed(1)} MB in ${requests} requests`
      console.log(
        `a video of ${(total / 1e6).toFixed(1)} MB on S3: indexing fetched ${describe(indexing)}, a clip of 5 s of 70 s ${describe(cutting)}`,
      )
      expect(cutting.ranges).toBeGreaterThan(0)
      expect(cutting.bytes).toBeLessThan(total / 4)
      // Once to probe it, once to look at it, and what segments share.
      expect(indexing.bytes).toBeLessThan(2.5 * total)
    },
    240_000,
  )
})
