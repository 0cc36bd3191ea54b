import { expect, test } from 'vitest'
import { addEvent, jpeg, MANAGE, startSystem, upload } from '../../test/test-deps.ts'

let isBroken = false
const system = await startSystem({
  bibReader: async () => {
    if (isBroken) throw new Error('the reader broke')
    return []
  },
})
const { ok, context } = system

test('a photo whose processing fails each time ends as failed, with the reason, and stops no other', async () => {
  await context.pool.query(`update pgboss.queue set retry_limit = 1, retry_delay = 0, retry_backoff = false
                            where name = 'photos.prepare'`)
  const event = await addEvent(system)
  isBroken = true
  await upload(system, event, ['broken.jpg', await jpeg()])
  isBroken = false
  await upload(system, event, ['fine.jpg', await jpeg()])
  const { photos } = await ok('GET', `${MANAGE}/event/${event}/photos`)
  expect(photos).toMatchObject([
    { file_name: 'broken.jpg', status: 'failed', error_code: 'internal_error' },
    { file_name: 'fine.jpg', status: 'done', error: null },
  ])
  expect(photos[0].error).toContain('the reader broke')
  expect(await ok('GET', `${MANAGE}/event/${event}/progress`)).toMatchObject({
    photos: { total: 2, done: 1, failed: 1 },
    idle: true,
  })
})
