import { parentPort } from 'node:worker_threads'
import { AppError } from '../lib/errors.ts'
import type { ThreadError, ThreadReply, ThreadRequest } from './thread-pool.ts'

type Task = (input: never) => Promise<unknown>

/** Answers the tasks of a thread pool, one after the other. To be called once, by the thread's module. */
export function serveThread(tasks: Record<string, Task>): void {
  const port = parentPort
  if (!port) throw new Error('this module is the entry of a worker thread')
  port.on('message', async ({ id, task, input }: ThreadRequest) => {
    let reply: ThreadReply
    try {
      const run = tasks[task]
      if (!run) throw new Error(`unknown task ${task}`)
      reply = { id, output: await run(input as never) }
    } catch (error) {
      reply = { id, error: toThreadError(error) }
    }
    port.postMessage(reply)
  })
}

const toThreadError = (error: unknown): ThreadError => ({
  message: error instanceof Error ? error.message : String(error),
  stack: error instanceof Error ? error.stack : undefined,
  code: error instanceof AppError ? error.code : undefined,
})
