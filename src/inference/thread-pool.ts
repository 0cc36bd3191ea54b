import { Worker } from 'node:worker_threads'
import { AppError } from '../lib/errors.ts'

/** What a thread is told and answers: see serveThread. */
export type ThreadRequest = { id: number; task: string; input: unknown }
export type ThreadReply = { id: number } & ({ output: unknown } | { error: ThreadError })
export type ThreadError = { message: string; stack: string | undefined; code: string | undefined }

type Options = {
  /** The thread's module; it calls `serveThread`. */
  entry: URL
  workerData: unknown
  size: number
  /** How many tasks may wait; more are refused with recognition_busy. */
  maxQueue: number
  /** How long a task may have to wait, in milliseconds, by what tasks took lately and those under way; one that would wait longer is refused too. */
  maxWaitMs?: number | undefined
}

export type ThreadPool = {
  /** Runs a task in a thread. @throws recognition_busy, the error of the task, the reason of the signal */
  run<Output>(task: string, input: unknown, signal?: AbortSignal): Promise<Output>
  /**
   * Makes ready what a task will need, if it is one that would not be refused: those that are made ready have their place before
   * others that come. @throws recognition_busy
   */
  prepare<Input>(work: () => Promise<Input>): Promise<Input>
  stop(): Promise<void>
}

type Waiting = {
  request: ThreadRequest
  resolve: (output: unknown) => void
  reject: (error: unknown) => void
  /** False once the caller has gone: a task that has not begun is left out. */
  isWanted: () => boolean
}
type Running = Waiting & {
  /** Undefined of a thread's first task: it also starts the thread and loads a network. */
  since: number | undefined
}

/** What the last task weighs in the mean of those before. */
const NEWEST = 0.2

/**
 * Worker threads that load networks once and run tasks one after the other. They start with the first task, so a process that
 * recognises nothing holds no model. A thread that dies fails its task and is replaced.
 */
export function createThreadPool({
  entry,
  workerData,
  size,
  maxQueue,
  maxWaitMs = Number.POSITIVE_INFINITY,
}: Options): ThreadPool {
  const queue: Waiting[] = []
  const threads = new Map<Worker, Running | undefined>()
  let preparing = 0
  let lastId = 0
  let isStopped = false
  /** How long a task keeps a thread busy, in milliseconds. */
  let meanMs = 0

  const warm = new WeakSet<Worker>()
  const measure = (since: number | undefined) => {
    if (since === undefined) return
    const milliseconds = performance.now() - since
    meanMs = meanMs === 0 ? milliseconds : meanMs + NEWEST * (milliseconds - meanMs)
  }
  /** Those whose callers have gone cost no time. */
  const countWaiting = () => queue.filter(({ isWanted }) => isWanted()).length
  const expectWaitMs = (waiting: number) => {
    const running = [...threads.values()].filter((task) => task !== undefined)
    if (running.length < size) return 0
    // Where others came to need the cores, the task under way tells it first: the mean knows once it is done.
    const now = performance.now()
    const eachMs = Math.max(meanMs, ...running.map(({ since = now }) => now - since))
    return ((waiting + running.length) * eachMs) / size
  }

  const assertRoom = (waiting: number) => {
    const waitMs = expectWaitMs(waiting)
    if (waiting >= maxQueue || waitMs > maxWaitMs) throw busy(waitMs)
  }

  const startThread = () => {
    const thread = new Worker(entry, { workerData })
    threads.set(thread, undefined)
    const settle = (use: (running: Running) => void) => {
      const waiting = threads.get(thread)
      if (threads.has(thread)) threads.set(thread, undefined)
      thread.unref()
      if (waiting) use(waiting)
    }
    thread.on('message', (reply: ThreadReply) => {
      settle(({ resolve, reject, since }) => {
        measure(since)
        if ('error' in reply) reject(toError(reply.error))
        else resolve(reply.output)
      })
      advance()
    })
    const lose = (error: Error) => {
      settle(({ reject }) => reject(error))
      threads.delete(thread)
      if (!isStopped) advance()
    }
    thread.on('error', lose)
    thread.on('exit', (code) => lose(new Error(`the recognition thread ended with code ${code}`)))
    // A pool at rest does not keep the process alive.
    thread.unref()
    return thread
  }

  const advance = () => {
    while (queue.length > 0) {
      const idle = [...threads].find(([, busy]) => !busy)?.[0]
      const thread = idle ?? (threads.size < size ? startThread() : undefined)
      if (!thread) return
      const next = queue.shift()!
      if (!next.isWanted()) continue
      threads.set(thread, { ...next, since: warm.has(thread) ? performance.now() : undefined })
      warm.add(thread)
      thread.ref()
      thread.postMessage(next.request)
    }
  }

  return {
    async run(task, input, signal) {
      if (isStopped) throw new Error('the thread pool is stopped')
      assertRoom(countWaiting())
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => reject(signal?.reason)
        signal?.addEventListener('abort', abort, { once: true })
        const settle = (use: () => void) => {
          signal?.removeEventListener('abort', abort)
          use()
        }
        queue.push({
          request: { id: ++lastId, task, input },
          resolve: (output) => settle(() => resolve(output as never)),
          reject: (error) => settle(() => reject(error)),
          isWanted: () => !signal?.aborted,
        })
        advance()
      })
    },
    async prepare(work) {
      assertRoom(countWaiting() + preparing)
      preparing++
      try {
        return await work()
      } finally {
        preparing--
      }
    },
    async stop() {
      isStopped = true
      for (const { reject } of queue.splice(0)) reject(new Error('the thread pool is stopped'))
      await Promise.all([...threads.keys()].map((thread) => thread.terminate()))
    },
  }
}

/** A refused caller should come again when about half of those before are done. */
const busy = (waitMs: number) =>
  new AppError({
    code: 'recognition_busy',
    message: 'Many people are searching right now. Try again in a moment.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 2000)),
  })

function toError({ message, stack, code }: ThreadError): Error {
  if (code !== undefined) return new AppError({ code: code as AppError['code'], message })
  const error = new Error(message)
  if (stack) error.stack = stack
  return error
}
