import { parentPort, workerData } from 'node:worker_threads'
import { createBlockScanner, type ScanTask } from './scan-blocks.ts'

/** What a scanning thread is sent: a task and the memories that are new to it. It answers with the rows found. */
export type ScanMessage = {
  readonly task: ScanTask
  readonly memories: readonly WebAssembly.Memory[]
}

const port = parentPort
if (port === null) throw new Error('scan-thread runs in a worker thread alone')
const { scratch } = workerData as { scratch: number }
const memories: WebAssembly.Memory[] = []
const scan = createBlockScanner(memories, scratch)

port.on('message', (message: ScanMessage) => {
  memories.push(...message.memories)
  const found = scan(message.task)
  port.postMessage(found, [found.buffer as ArrayBuffer])
})
