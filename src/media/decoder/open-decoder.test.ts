import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { MEMORY_SETTINGS } from '../../lib/memory-settings.ts'
import { decodePicture } from '../decode-picture.ts'
import { sharp } from '../sharp.ts'
import { type Decoder, openDecoder } from './open-decoder.ts'

/** Who decodes is found, and its memory watched, in /proc. */
const linuxTest = test.skipIf(process.platform !== 'linux')
const opened: Decoder[] = []
const open = (options: Partial<Parameters<typeof openDecoder>[0]> = {}): Decoder => {
  const decoder = openDecoder({ size: 1, maxQueue: 4, ...options })
  opened.push(decoder)
  return decoder
}
afterAll(() => Promise.all(opened.map((decoder) => decoder.stop())))

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#3478a0' }, limitInputPixels: false })
const small = await blank(64, 48).jpeg().toBuffer()
/** 140 megapixels in a few kilobytes: about a second to decode, 420 MB. */
const large = await blank(14_000, 10_000).png({ compressionLevel: 9 }).toBuffer()
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )
/** The process that decodes, once it works on something. */
async function busyPid(decoder: Decoder): Promise<number> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const [pid] = decoder.pids()
    const pages = pid && Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1])
    if (pid && pages && pages * 4096 > 150e6) return pid
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('nothing is being decoded')
}

test('pixels are those of decoding here, in shared memory', async () => {
  const [here, there] = [await decodePicture(small), await open().decode(small)]
  expect(there.data.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect([there.width, there.height]).toEqual([64, 48])
  expect(Buffer.from(there.data).equals(Buffer.from(here.data))).toBe(true)
})

test('a picture whose memory was given back is overwritten by the next, also by a smaller one; others are not', async () => {
  const decoder = open({ size: 2 })
  const upright = await blank(30, 50).negate().jpeg().toBuffer()
  const [first, kept] = await Promise.all([decoder.decode(small), decoder.decode(small)])
  expect(first.data.buffer).not.toBe(kept.data.buffer)
  decoder.giveBack(first)
  expect(await codeOf(decoder.decode(Buffer.from('no picture')))).toBe('photo_unsupported')
  const second = await decoder.decode(upright)
  expect(second.data.buffer).toBe(first.data.buffer)
  const [wanted, wantedKept] = [await decodePicture(upright), await decodePicture(small)]
  expect(Buffer.from(second.data).equals(Buffer.from(wanted.data))).toBe(true)
  expect(Buffer.from(kept.data).equals(Buffer.from(wantedKept.data))).toBe(true)
})

test('what is wrong with a file is told as when it is decoded here, and the process goes on', async () => {
  const decoder = open()
  expect(await codeOf(decoder.decode(Buffer.from('no picture')))).toBe('photo_unsupported')
  expect(await codeOf(decoder.decode(small.subarray(0, small.length / 2)))).toBe(
    'photo_not_decodable',
  )
  expect(await codeOf(decoder.decode(small, { maxPixels: 100 }))).toBe('photo_too_large')
  const [pid] = decoder.pids()
  expect((await decoder.decode(small)).width).toBe(64)
  expect(decoder.pids()).toEqual([pid])
})

linuxTest('a file that crashes the decoder fails alone; the next has a new process', async () => {
  const decoder = open()
  const crashed = codeOf(decoder.decode(large))
  const pid = await busyPid(decoder)
  process.kill(pid, 'SIGSEGV')
  expect(await crashed).toBe('photo_not_decodable')
  expect((await decoder.decode(small)).width).toBe(64)
  expect(decoder.pids()).not.toContain(pid)
})

linuxTest(
  'a decoder that is killed from outside blames no file: its photo may be tried again',
  async () => {
    const decoder = open()
    const killed = codeOf(decoder.decode(large))
    process.kill(await busyPid(decoder), 'SIGKILL')
    expect(await killed).toBe('the decoder process ended: SIGKILL')
  },
)

linuxTest('a file that takes more memory or time than it may fails alone', async () => {
  const narrow = open({ maxBytes: 200 * 2 ** 20 })
  expect(await codeOf(narrow.decode(large))).toBe('photo_not_decodable')
  expect((await narrow.decode(small)).width).toBe(64)
  const hasty = open({ maxCpuSeconds: 0.3 })
  await expect(hasty.decode(large)).rejects.toMatchObject({
    code: 'photo_not_decodable',
    message: expect.stringMatching(/takes too long/),
  })
  expect((await hasty.decode(small)).width).toBe(64)
})

linuxTest('a process that gets no time from its machine is ended, and blames no file', async () => {
  const decoder = open({ timeoutMs: 500 })
  const stopped = codeOf(decoder.decode(large))
  await setImmediate() // by then it is started
  process.kill(decoder.pids()[0]!, 'SIGSTOP')
  expect(await stopped).toMatch(/gave no answer in 0.5 s/)
})

linuxTest('a process that has just been told to end gets no picture any more', async () => {
  const decoder = open({ idleMs: 20 })
  for (let round = 0; round < 5; round++) {
    await decoder.decode(small)
    // A timer of the same length comes right after the one that ends the process, before its end is noticed.
    const next = await new Promise((resolve, reject) =>
      setTimeout(() => decoder.decode(small).then(resolve, reject), 20),
    )
    expect(next).toMatchObject({ width: 64 })
  }
})

linuxTest('a process that was killed while it rested fails no picture', async () => {
  const decoder = open()
  await decoder.decode(small)
  const [pid] = decoder.pids()
  process.kill(pid!, 'SIGKILL')
  expect((await decoder.decode(small)).width).toBe(64)
  expect(decoder.pids()).not.toContain(pid)
})

linuxTest('a caller who has gone stops the decoding; more than may wait are refused', async () => {
  const decoder = open({ maxQueue: 1 })
  const gone = new AbortController()
  const first = codeOf(decoder.decode(large, { signal: gone.signal }))
  const second = decoder.decode(small)
  expect(await codeOf(decoder.decode(small))).toBe('recognition_busy')
  await busyPid(decoder)
  gone.abort(new Error('gone'))
  expect(await first).toBe('gone')
  expect((await second).width).toBe(64)
})

test('a decoder that rests keeps no memory of pictures', async () => {
  const decoder = open({ idleMs: 100 })
  const decodeAndForget = async () => {
    const picture = await decoder.decode(small)
    decoder.giveBack(picture)
    return new WeakRef(picture.data.buffer)
  }
  const memory = await decodeAndForget()
  await expect.poll(() => memory.deref() === undefined).toBe(true)
})

linuxTest('a decoder that has nothing to do ends, and knows no secrets of ours', async () => {
  const decoder = open({ idleMs: 300 })
  await decoder.decode(small)
  const [pid] = decoder.pids()
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
  expect(
    environment
      .split('\0')
      .filter(Boolean)
      .map((pair) => pair.split('=')[0]),
  ).toEqual([...Object.keys(MEMORY_SETTINGS), 'UV_THREADPOOL_SIZE'])
  expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('1000\n')
  await expect.poll(() => decoder.pids()).toEqual([])
})
