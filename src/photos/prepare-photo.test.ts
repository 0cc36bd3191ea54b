import { once } from 'node:events'
import { afterAll, expect, test } from 'vitest'
import { addEvent, MANAGE, startSystem, upload } from '../../test/test-deps.ts'
import { openDecoder } from '../media/decoder/open-decoder.ts'
import type { Picture } from '../media/picture.ts'
import { sharp } from '../media/sharp.ts'
import { type PictureStep, preparePhoto } from './prepare-photo.ts'

const system = await startSystem()
const { db, store } = system.context
const { decode, giveBack, stop } = openDecoder({ size: 2, maxQueue: 4 })
afterAll(stop)

const event = await addEvent(system)
const flat = (background: string) =>
  sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .jpeg()
    .toBuffer()
await upload(system, event, ['red.jpg', await flat('#ff0000')], ['blue.jpg', await flat('#0000ff')])
const { photos } = await system.ok('GET', `${MANAGE}/event/${event}/photos`)
const photoNamed = (name: string) => {
  const found = photos.find((photo: { file_name: string }) => photo.file_name === name)
  return { eventId: event, photoId: found.image_id as string }
}
const [red, blue] = [photoNamed('red.jpg'), photoNamed('blue.jpg')]

const prepare = (
  photo: typeof red,
  steps: PictureStep[],
  signal: AbortSignal = AbortSignal.timeout(30_000),
) => preparePhoto({ db, store, decode, giveBack, restamp: async () => {}, steps }, photo, signal)
const colourOf = ({ data }: Picture) => (data[0]! > data[2]! ? 'red' : 'blue')
/** Holds the picture until the gate opens, and tells then what it sees. */
function watcher() {
  const gate = Promise.withResolvers<void>()
  const started = Promise.withResolvers<Picture>()
  const seen = Promise.withResolvers<string>()
  const step: PictureStep = async ({ picture }) => {
    started.resolve(picture)
    await gate.promise
    seen.resolve(colourOf(picture))
  }
  return { step, open: gate.resolve, started: started.promise, seen: seen.promise }
}

test('photos one after the other are decoded into the same memory', async () => {
  const first = watcher()
  const second = watcher()
  first.open()
  second.open()
  await prepare(red, [first.step])
  await prepare(blue, [second.step])
  expect((await second.started).data.buffer).toBe((await first.started).data.buffer)
  expect([await first.seen, await second.seen]).toEqual(['red', 'blue'])
})

test('two photos at once keep their pixels for as long as a step looks at them', async () => {
  const [first, second, third] = [watcher(), watcher(), watcher()]
  const both = [prepare(red, [first.step]), prepare(blue, [second.step])]
  await Promise.all([first.started, second.started])
  first.open()
  await both[0]
  third.open()
  await prepare(red, [third.step])
  second.open()
  await both[1]
  expect([await first.seen, await second.seen, await third.seen]).toEqual(['red', 'blue', 'red'])
})

test('a step that still looks at a photo when another fails sees no other photo', async () => {
  const slow = watcher()
  const fail: PictureStep = async () => {
    await slow.started
    throw new Error('the step broke')
  }
  await expect(prepare(red, [slow.step, fail])).rejects.toThrow('the step broke')
  for (const _ of [1, 2]) await prepare(blue, [async () => {}])
  slow.open()
  expect(await slow.seen).toBe('red')
})

test('nor when its job is aborted', async () => {
  const slow = watcher()
  const gone = new AbortController()
  const waitForAbort: PictureStep = async (_input, signal) => {
    await once(signal, 'abort')
    signal.throwIfAborted()
  }
  const aborted = prepare(red, [slow.step, waitForAbort], gone.signal)
  await slow.started
  gone.abort(new Error('gone'))
  await expect(aborted).rejects.toThrow('gone')
  for (const _ of [1, 2]) await prepare(blue, [async () => {}])
  slow.open()
  expect(await slow.seen).toBe('red')
})
