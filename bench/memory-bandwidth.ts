import { Worker } from 'node:worker_threads'

const READ_BYTES = 512 * 2 ** 20
const ROUNDS = 5

/** Looking for a byte that is not there is memchr: SIMD over memory far larger than any cache. */
const READER = `
  const { parentPort } = require('node:worker_threads')
  const buffer = Buffer.alloc(${READ_BYTES}, 1)
  parentPort.on('message', () => {
    const start = performance.now()
    for (let round = 0; round < ${ROUNDS}; round++) buffer.indexOf(0)
    parentPort.postMessage((performance.now() - start) / 1000)
  })`

/** Bytes that so many threads together read from memory in a second. */
export async function measureReading(threads: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(READER, { eval: true }))
  try {
    const ask = () =>
      Promise.all(
        workers.map((worker) => {
          worker.postMessage('read')
          return new Promise<number>((resolve, reject) => {
            worker.once('message', resolve).once('error', reject)
          })
        }),
      )
    await ask() // threads start, pages are mapped
    const seconds = await ask()
    return (threads * ROUNDS * READ_BYTES) / Math.max(...seconds)
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
