import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ErrorCode } from '../../lib/error-codes.ts'
import { AppError } from '../../lib/errors.ts'
import { MEMORY_SETTINGS } from '../../lib/memory-settings.ts'
import { MAX_PIXELS } from '../decode-picture.ts'
import { photoNotDecodable } from '../errors.ts'
import type { Picture } from '../picture.ts'
import { type Frame, frameReader, writeFrame } from './frames.ts'
import { createPictureMemory, type PictureMemory } from './picture-memory.ts'
import { type ProcessUse, watchProcess } from './watch-process.ts'

export type DecodeWish = { maxPixels: number }
export type DecodeAnswer = { width: number; height: number } | { message: string; code?: ErrorCode }

/**
 * Decodes a photo as `decodePicture` does, in a process that can die alone: one that a hostile file brings down, takes too long over
 * or fills with pixels is an error of that file. What it takes of CPU is counted, not time: a busy machine fails no photo.
 *
 * @throws AppError `photo_unsupported`, `photo_not_decodable`, `photo_too_large`, `recognition_busy`
 */
export type Decode = (
  bytes: Uint8Array,
  options?: { maxPixels?: number; signal?: AbortSignal },
) => Promise<Picture>

export type Decoder = {
  decode: Decode
  /** Lends the memory of a picture to a later one. To be called when nobody looks at it any more, in no thread; not after a failure. */
  giveBack(picture: Picture): void
  /** Ids of the processes that live, for checks. */
  pids(): number[]
  stop(): Promise<void>
}

type Options = {
  /** Processes at most; they start with the first picture and end when they have had none for a while. */
  size: number
  /** Pictures that may wait; more are refused with recognition_busy. */
  maxQueue: number
  /** Resident memory of one process beyond which it is killed: a 150 megapixel TIFF takes 1.4 GB for a moment. */
  maxBytes?: number
  /** CPU that one picture may take on all threads: a 150 megapixel TIFF takes a few seconds. */
  maxCpuSeconds?: number
  /** When a process is given up that stands still, or decodes where no CPU times are told. Blames no file. */
  timeoutMs?: number
  idleMs?: number
}

const MIB = 2 ** 20

/** This file runs as it is, and as JavaScript in the built package. */
const ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? './decode-child.ts' : './decode-child.js',
    import.meta.url,
  ),
)

/** Signals by which the machine ends a program that did what it must not. */
const CRASHES = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP'])

export function openDecoder({
  size,
  maxQueue,
  maxBytes = 2048 * MIB,
  maxCpuSeconds = 60,
  timeoutMs = 600_000,
  idleMs = 30_000,
}: Options): Decoder {
  const idle: Child[] = []
  const living = new Set<Child>()
  const waiting: (() => void)[] = []
  const limits = { maxBytes, maxCpuSeconds, timeoutMs }
  const memory = createPictureMemory()
  let resting: NodeJS.Timeout | undefined
  let free = size
  let isStopped = false

  const take = async (): Promise<void> => {
    clearTimeout(resting)
    if (free > 0) {
      free--
      return
    }
    if (waiting.length >= maxQueue) throw busy()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const release = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
    if (free === size) resting = setTimeout(memory.letGo, idleMs).unref()
  }
  const startChild = (): Child => {
    const child = createChild(memory)
    living.add(child)
    child.process.once('exit', () => living.delete(child))
    return child
  }
  /** A process at rest that has not been told to end: between that and its end may lie seconds on a busy machine. */
  const findIdle = (): Child | undefined => {
    const child = idle.pop()
    return child && (child.isEnding() || !living.has(child)) ? findIdle() : child
  }
  const decodeWith = async (child: Child, work: Omit<Work, keyof typeof limits>) => {
    child.keep()
    const answer = await ask(child, { ...work, ...limits })
    if (living.has(child) && !child.isEnding() && !isStopped) {
      idle.push(child)
      child.endAfter(idleMs)
    }
    return pictureOf(answer)
  }

  return {
    async decode(bytes, { maxPixels = MAX_PIXELS, signal } = {}) {
      if (isStopped) throw new Error('the decoder is stopped')
      await take()
      try {
        signal?.throwIfAborted()
        const rested = findIdle()
        if (rested) {
          try {
            return await decodeWith(rested, { bytes, maxPixels, signal })
          } catch (error) {
            // It may have been killed while it rested: the kernel takes it first when memory ends.
            if (!(error instanceof KilledFromOutside) || isStopped) throw error
          }
        }
        return await decodeWith(startChild(), { bytes, maxPixels, signal })
      } finally {
        release()
      }
    },
    giveBack: ({ data }) => memory.giveBack(data),
    pids: () => [...living].flatMap(({ process: { pid } }) => pid ?? []),
    async stop() {
      isStopped = true
      await Promise.all([...living].map((child) => child.end()))
    },
  }
}

type Child = ReturnType<typeof createChild>

function createChild(memory: PictureMemory) {
  const child = spawn(process.execPath, [ENTRY], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Nothing of our environment: there are secrets in it.
    env: { ...MEMORY_SETTINGS, UV_THREADPOOL_SIZE: '2' },
  }) as ChildProcess & { stdin: Writable; stdout: Readable; stderr: null }
  // A broken pipe is told by the end of the process.
  child.stdin.on('error', () => {})
  let idleTimer: NodeJS.Timeout | undefined
  let isEnding = false
  const kill = () => {
    isEnding = true
    child.kill('SIGKILL')
  }
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  return {
    process: child,
    exited,
    kill,
    isEnding: () => isEnding,
    nextAnswer: frameReader<DecodeAnswer>(child.stdout, memory.take),
    keep() {
      clearTimeout(idleTimer)
      setRefs(child, true)
    },
    endAfter(ms: number) {
      setRefs(child, false) // a decoder at rest does not keep the process alive
      idleTimer = setTimeout(kill, ms).unref()
    },
    async end() {
      clearTimeout(idleTimer)
      setRefs(child, true)
      kill()
      await exited
    },
  }
}

function setRefs(child: ChildProcess, isOn: boolean): void {
  for (const one of [child, child.stdin, child.stdout] as { ref?(): void; unref?(): void }[])
    if (isOn) one.ref?.()
    else one.unref?.()
}

type Work = {
  bytes: Uint8Array
  maxPixels: number
  signal: AbortSignal | undefined
  maxBytes: number
  maxCpuSeconds: number
  timeoutMs: number
}

async function ask(
  child: Child,
  { bytes, maxPixels, signal, maxBytes, maxCpuSeconds, timeoutMs }: Work,
): Promise<Frame<DecodeAnswer>> {
  let reason: Error | undefined
  const kill = (error: Error) => {
    reason ??= error
    child.kill()
  }
  const stoodStill = setTimeout(() => kill(standsStill(timeoutMs)), timeoutMs)
  const watch = watchProcess(child.process.pid, ({ cpuSeconds, residentBytes }: ProcessUse) => {
    if (residentBytes > maxBytes) kill(takesTooMuch(maxBytes))
    else if (cpuSeconds > maxCpuSeconds) kill(takesTooLong())
  })
  // libvips cannot be stopped, but its process can.
  const abort = () => kill(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    writeFrame(child.process.stdin, {
      header: { maxPixels } satisfies DecodeWish,
      payload: bytes,
    }).catch(
      () => {}, // told by the end of the process
    )
    const answer = await child.nextAnswer()
    if (!answer) throw reason ?? died(await child.exited)
    return answer
  } finally {
    clearTimeout(stoodStill)
    watch.stop()
    signal?.removeEventListener('abort', abort)
  }
}

/** @throws what the decoder says of the file */
function pictureOf({ header, payload }: Frame<DecodeAnswer>): Picture {
  if (!('message' in header))
    return { data: payload as Picture['data'], width: header.width, height: header.height }
  const { code, message } = header
  throw code ? new AppError({ code, message }) : new Error(message)
}

/** A crash comes again with the same file; a kill from outside need not. */
const died = (how: string): Error =>
  CRASHES.has(how)
    ? photoNotDecodable(`The file brought the decoder down (${how}). Export it again as JPEG.`)
    : new KilledFromOutside(`the decoder process ended: ${how}`)

class KilledFromOutside extends Error {}

const standsStill = (ms: number) =>
  new Error(`the decoder process gave no answer in ${ms / 1000} s and was ended`)

const takesTooLong = () =>
  photoNotDecodable('The photo takes too long to decode. Export it again as JPEG.')

const takesTooMuch = (maxBytes: number) =>
  photoNotDecodable(
    `The photo takes more than ${Math.round(maxBytes / MIB)} MB of memory to decode. Export it smaller.`,
  )

const busy = () =>
  new AppError({
    code: 'recognition_busy',
    message: 'Too many pictures wait to be decoded. Try again in a moment.',
    retryAfterSeconds: 2,
  })
