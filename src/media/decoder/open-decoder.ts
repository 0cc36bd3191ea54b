import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { ErrorCode } from '../../lib/error-codes.ts'
import { AppError } from '../../lib/errors.ts'
import { MAX_PIXELS } from '../decode-picture.ts'
import { photoNotDecodable } from '../errors.ts'
import type { Picture } from '../picture.ts'
import { type Frame, readFrames, writeFrame } from './frames.ts'
import { watchMemory } from './watch-memory.ts'

export type DecodeWish = { maxPixels: number }
export type DecodeAnswer = { width: number; height: number } | { message: string; code?: ErrorCode }

/**
 * Decodes a photo as `decodePicture` does, in a process that can die alone: one that a hostile file brings down, takes too long over
 * or fills with pixels is an error of that file.
 *
 * @throws AppError `photo_unsupported`, `photo_not_decodable`, `photo_too_large`, `recognition_busy`
 */
export type Decode = (
  bytes: Uint8Array,
  options?: { maxPixels?: number; signal?: AbortSignal },
) => Promise<Picture>

export type Decoder = {
  decode: Decode
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
  /** How long one picture may take, waiting apart. libvips gives up after 60 s by itself. */
  timeoutMs?: number
  idleMs?: number
}

const MIB = 2 ** 20

/** This file runs as it is, and as JavaScript in the built package. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './decode-child.ts' : './decode-child.js',
  import.meta.url,
).pathname

/** Signals by which the machine ends a program that did what it must not. */
const CRASHES = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP'])

export function openDecoder({
  size,
  maxQueue,
  maxBytes = 2048 * MIB,
  timeoutMs = 90_000,
  idleMs = 30_000,
}: Options): Decoder {
  const idle: Child[] = []
  const living = new Set<Child>()
  const waiting: (() => void)[] = []
  let free = size
  let isStopped = false

  const take = async (): Promise<void> => {
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
  }
  const startChild = (): Child => {
    const child = createChild()
    living.add(child)
    child.process.once('exit', () => {
      living.delete(child)
      const at = idle.indexOf(child)
      if (at >= 0) idle.splice(at, 1)
    })
    return child
  }

  return {
    async decode(bytes, { maxPixels = MAX_PIXELS, signal } = {}) {
      if (isStopped) throw new Error('the decoder is stopped')
      await take()
      try {
        signal?.throwIfAborted()
        const child = idle.pop() ?? startChild()
        child.keep()
        const answer = await ask(child, { bytes, maxPixels, maxBytes, timeoutMs, signal })
        if (living.has(child) && !isStopped) {
          idle.push(child)
          child.endAfter(idleMs)
        }
        return pictureOf(answer)
      } finally {
        release()
      }
    },
    pids: () => [...living].flatMap(({ process: { pid } }) => pid ?? []),
    async stop() {
      isStopped = true
      await Promise.all([...living].map((child) => child.end()))
    },
  }
}

type Child = ReturnType<typeof createChild>

function createChild() {
  const child = spawn(process.execPath, [ENTRY], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Nothing of our environment: there are secrets in it.
    env: { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' },
  }) as ChildProcess & { stdin: Writable; stdout: Readable; stderr: null }
  // A broken pipe is told by the end of the process.
  child.stdin.on('error', () => {})
  let idleTimer: NodeJS.Timeout | undefined
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  return {
    process: child,
    exited,
    answers: readFrames<DecodeAnswer>(
      child.stdout,
      (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
    ),
    keep() {
      clearTimeout(idleTimer)
      setRefs(child, true)
    },
    endAfter(ms: number) {
      setRefs(child, false) // a decoder at rest does not keep the process alive
      idleTimer = setTimeout(() => child.kill('SIGKILL'), ms).unref()
    },
    async end() {
      clearTimeout(idleTimer)
      setRefs(child, true)
      child.kill('SIGKILL')
      await exited
    },
  }
}

function setRefs(child: ChildProcess, isOn: boolean): void {
  for (const one of [child, child.stdin, child.stdout] as { ref?(): void; unref?(): void }[])
    if (isOn) one.ref?.()
    else one.unref?.()
}

async function ask(
  child: Child,
  {
    bytes,
    maxPixels,
    maxBytes,
    timeoutMs,
    signal,
  }: {
    bytes: Uint8Array
    maxPixels: number
    maxBytes: number
    timeoutMs: number
    signal: AbortSignal | undefined
  },
): Promise<Frame<DecodeAnswer>> {
  let reason: Error | undefined
  const kill = (error: Error) => {
    reason ??= error
    child.process.kill('SIGKILL')
  }
  const tooLong = setTimeout(() => kill(takesTooLong()), timeoutMs)
  const memory = watchMemory(child.process.pid, maxBytes, () => kill(takesTooMuch(maxBytes)))
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
    const { value } = await child.answers.next()
    if (!value) throw reason ?? died(await child.exited)
    return value
  } finally {
    clearTimeout(tooLong)
    memory.stop()
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
    : new Error(`the decoder process ended: ${how}`)

const takesTooLong = () =>
  photoNotDecodable('The photo takes too long to decode. Export it again as JPEG.')

const takesTooMuch = (maxBytes: number) =>
  photoNotDecodable(
    `The photo takes more than ${Math.round(maxBytes / MIB)} MB of memory to decode. Export it smaller.`,
  )

const busy = () =>
  new AppError({
    code: 'recognition_busy',
    message: 'Many people are searching right now. Try again in a moment.',
    retryAfterSeconds: 2,
  })
