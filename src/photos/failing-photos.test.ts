import { readdir, readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import {
  addEvent,
  formOf,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'

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

test.skipIf(process.platform !== 'linux')(
  'a photo that brings its decoder down fails at once with a reason; the worker and the photos behind it go on',
  async () => {
    const event = await addEvent(system)
    // 140 megapixels in a few kilobytes: long enough to be caught at it.
    const blank = { width: 14_000, height: 10_000, channels: 3, background: '#3478a0' } as const
    const poison = await sharp({ create: blank, limitInputPixels: false }).png().toBuffer()
    const form = formOf(['poison.png', poison], ['good.jpg', await jpeg()])
    await system.ok('POST', `${MANAGE}/event/${event}/photos`, { form })
    process.kill(await decoderAtWork(), 'SIGSEGV')
    await untilIdle(system, event)
    const { photos } = await system.ok('GET', `${MANAGE}/event/${event}/photos`)
    expect(photos).toMatchObject([
      { file_name: 'poison.png', status: 'failed', error_code: 'photo_not_decodable' },
      { file_name: 'good.jpg', status: 'done' },
    ])
    expect(photos[0].error).toMatch(/brought the decoder down/)
  },
)

/** The child of this process that holds the pixels of a large picture. */
async function decoderAtWork(): Promise<number> {
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    const threads = await readdir('/proc/self/task')
    const children = await Promise.all(
      threads.map((thread) =>
        readFile(`/proc/self/task/${thread}/children`, 'utf8').catch(() => ''),
      ),
    )
    for (const pid of children.join(' ').split(' ').filter(Boolean)) {
      const memory = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
      if (Number(memory.split(' ')[1]) * 4096 > 200e6) return Number(pid)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('nothing is being decoded')
}
