import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addEvent, jpeg, startSystem, untilIdle, upload } from '../../test/test-deps.ts'
import { newId } from '../lib/ids.ts'
import { originalKey } from '../photos/index.ts'
import { followUps } from '../pipeline.ts'
import { verify } from './verify.ts'

test('what is missing, forgotten or left over is found, and mended but for lost originals', async () => {
  const system = await startSystem()
  const { context, folder } = system
  const { db, store, queue, pool } = context
  const eventId = await addEvent(system)
  const stored = await upload(
    system,
    eventId,
    ['a.jpg', await jpeg()],
    ['b.jpg', await jpeg()],
    ['c.jpg', await jpeg()],
    ['d.jpg', await jpeg()],
  )
  const [whole, unseen, forgotten, lost] = stored.map(({ image_id }) => image_id)
  const problems: string[] = []
  const run = (repair: boolean) =>
    verify(
      { db, store, ...queue, ...followUps(queue.enqueue) },
      { repair, report: (line) => problems.push(line) },
    )
  const noVideos = { videos: 0, forgottenVideos: 0, missingClips: 0, forgottenClips: 0 }
  const allIsWell = { lostOriginals: 0, missingPreviews: 0, forgottenPhotos: 0, strayObjects: 0 }
  expect(await run(false)).toEqual({
    photos: 4,
    objects: 12,
    ...allIsWell,
    ...noVideos,
    unerasedEvents: 0,
  })

  for await (const key of store.list(`events/${eventId}/previews`))
    if (key.includes(`small/${unseen}`)) await store.remove(key)
  await pool.query(`update photo set status = 'pending' where id = $1`, [forgotten])
  await store.remove(originalKey({ eventId, photoId: lost! }))
  const left = originalKey({ eventId, photoId: newId() })
  const young = originalKey({ eventId, photoId: newId() })
  for (const key of [left, young]) await store.put(key, Buffer.from('x'))
  await store.put(`events/${eventId}/other/file`, Buffer.from('of another part'))
  const yesterday = new Date(Date.now() - 86_400_000)
  await utimes(join(folder, 'objects', left), yesterday, yesterday)

  const wrong = { lostOriginals: 1, missingPreviews: 1, forgottenPhotos: 1, strayObjects: 1 }
  expect(await run(false)).toMatchObject(wrong)
  expect(problems).toHaveLength(4)
  expect(problems.join()).not.toContain(whole)
  expect(await run(true)).toMatchObject(wrong)
  await untilIdle(system, eventId)
  expect(await run(false)).toMatchObject({ ...allIsWell, lostOriginals: 1 })
  expect(await store.stat(left)).toBeUndefined()
  expect(await store.stat(young)).toBeDefined()
})
