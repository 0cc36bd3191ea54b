import { Worker } from 'node:worker_threads'
import type { FoundRows, ScanTask } from './scan-blocks.ts'
import type { ScanMessage } from './scan-thread.ts'

/** Worker threads that scan. They start when first needed and never keep the process alive while idle. */
export type ScanThreads = {
  /** Waits for a thread that is free; first come, first served. Once aborted it rejects when its turn comes. */
  run(task: ScanTask, signal?: AbortSignal): Promise<FoundRows>
  /** Stops the threads; what waits or runs is rejected. */
  dispose(): Promise<void>
}

type Job = {
  task: ScanTask
  signal: AbortSignal | undefined
  resolve: (found: FoundRows) => void
  reject: (reason: unknown) => void
}
type Thread = { worker: Worker; scratch: number; job: Job | undefined; knownMemories: number }

const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './scan-thread.ts' : './scan-thread.js',
  import.meta.url,
)

/**
 * @param limit most threads; thread n of them writes to scratch block n, counted from 1 (0 is the calling thread's)
 * @param memories may grow at its end later
 */
export function createScanThreads(
  limit: number,
  memories: readonly WebAssembly.Memory[],
): ScanThreads {
  const waiting: Job[] = []
  const threads = new Map<number, Thread>() // by scratch block
  let isDisposed = false

  function assign() {
    while (waiting.length > 0) {
      const job = waiting[0]!
      if (job.signal?.aborted) job.reject(job.signal.reason)
      else {
        const thread = threads.values().find((one) => one.job === undefined) ?? start()
        if (thread === undefined) return
        send(thread, job)
      }
      waiting.shift()
    }
  }

  function start(): Thread | undefined {
    const scratch = range(1, limit).find((block) => !threads.has(block))
    if (scratch === undefined) return undefined
    const worker = new Worker(threadFile, {
      name: 'face-scan',
      workerData: { scratch },
      execArgv: [], // some flags of the process, as those of `node --eval`, would end the thread
    })
    const thread: Thread = { worker, scratch, job: undefined, knownMemories: 0 }
    threads.set(scratch, thread)
    worker.on('message', (found: FoundRows) => finish(thread, found))
    worker.on('error', (cause) => lose(thread, cause))
    worker.on('exit', () => lose(thread))
    return thread
  }

  function send(thread: Thread, job: Job) {
    thread.job = job
    thread.worker.ref()
    const message: ScanMessage = { task: job.task, memories: memories.slice(thread.knownMemories) }
    thread.knownMemories = memories.length
    thread.worker.postMessage(message)
  }

  function finish(thread: Thread, found: FoundRows) {
    const job = thread.job
    thread.job = undefined
    thread.worker.unref()
    if (job?.signal?.aborted) job.reject(job.signal.reason)
    else job?.resolve(found)
    assign()
  }

  /** A thread that ended fails its job; the next job starts another in its place. */
  function lose(thread: Thread, cause?: unknown) {
    thread.job?.reject(new Error('a scanning thread ended', { cause }))
    thread.job = undefined
    if (threads.get(thread.scratch) !== thread) return
    threads.delete(thread.scratch)
    assign()
  }

  return {
    run: (task, signal) =>
      new Promise((resolve, reject) => {
        if (isDisposed) throw new Error('the scanning threads were stopped')
        waiting.push({ task, signal, resolve, reject })
        assign()
      }),
    async dispose() {
      isDisposed = true
      const jobs = [...threads.values().map((thread) => thread.job), ...waiting.splice(0)]
      for (const job of jobs) job?.reject(new Error('the scanning threads were stopped'))
      await Promise.all(threads.values().map(({ worker }) => worker.terminate()))
    },
  }
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)
