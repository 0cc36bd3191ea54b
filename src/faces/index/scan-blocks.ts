import { BLOCK_BYTES, locateBlock } from './block-memory.ts'
import { openScanKernel, type ScanRows } from './scan-kernel.ts'

/** What to scan: plain values, so that it can be sent to a thread. */
export type ScanTask = {
  /** A multiple of 32. */
  readonly dimensions: number
  readonly query: Int16Array
  /** The least dot product that counts, in units of the integers multiplied. */
  readonly threshold: number
  /** The blocks that hold the rows, each full but for the last. */
  readonly blocks: Int32Array
  readonly rows: number
}

/** Pairs of a row (counted from the first block of the task) and its dot product. */
export type FoundRows = Int32Array

// A thread's scratch block holds the query (at most 512 numbers of int16), then results: 8 bytes for each row of a
// block, at most 8,192 rows. It is emptied after each block, so no result is too large for it.
const RESULTS_AT = 1_024

/**
 * Scans blocks on the thread that calls.
 *
 * @param memories may grow at its end later
 * @param scratch the number of the block of each memory that this thread alone writes to
 */
export function createBlockScanner(memories: readonly WebAssembly.Memory[], scratch: number) {
  const kernels: ScanRows[] = []
  const scratchAt = scratch * BLOCK_BYTES

  function writeQueries(query: Int16Array) {
    for (const { buffer } of memories) new Int16Array(buffer, scratchAt, query.length).set(query)
  }

  return ({ dimensions, query, threshold, blocks, rows }: ScanTask): FoundRows => {
    const rowsPerBlock = Math.floor(BLOCK_BYTES / dimensions)
    const found: FoundRows[] = []
    writeQueries(query)
    for (let i = 0, first = 0; first < rows; i++, first += rowsPerBlock) {
      const { index, memory, address } = locateBlock(memories, blocks[i]!)
      kernels[index] ??= openScanKernel(memory)
      const count = Math.min(rowsPerBlock, rows - first)
      const resultsAt = scratchAt + RESULTS_AT
      const matches = kernels[index](address, count, dimensions, scratchAt, threshold, resultsAt)
      if (matches === 0) continue
      const pairs = new Int32Array(memory.buffer, resultsAt, 2 * matches).slice()
      for (let at = 0; at < pairs.length; at += 2) pairs[at]! += first
      found.push(pairs)
    }
    writeQueries(query.map(() => 0)) // a selfie is biometric too
    return concatenate(found)
  }
}

function concatenate(parts: readonly Int32Array[]): Int32Array<ArrayBuffer> {
  const all = new Int32Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
