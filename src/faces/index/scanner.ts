import { availableParallelism } from 'node:os'
import { BLOCK_BYTES, type BlockMemory, createBlockMemory } from './block-memory.ts'
import { createBlockScanner, type FoundRows, type ScanTask } from './scan-blocks.ts'
import { createScanThreads } from './scan-threads.ts'

/** 128,000 vectors of 128 numbers, 1.3 ms: about what handing the work to a thread and back would cost at worst. */
const INLINE_BYTES = 16 * 1024 * 1024

/** 2.4 ms of scanning: short enough that searches take turns and an aborted one ends soon. */
const BLOCKS_PER_TASK = 128

/** The memory of all indexes of a process and the threads that scan it. */
export type Scanner = {
  readonly memory: BlockMemory
  /** The rows of a task in ascending order, in parts. Settles only when no thread reads the blocks any more. */
  scan(task: ScanTask, signal?: AbortSignal): Promise<FoundRows[]>
  /** Stops the threads. Searches of large indexes fail from now on. */
  dispose(): Promise<void>
}

/**
 * @param threads for indexes too large to be scanned on the calling thread. Two, for the third adds little: one takes
 *   more than half of what memory delivers
 * @param inlineBytes the largest index that the calling thread scans itself
 */
export function createScanner({
  threads: limit = Math.min(2, availableParallelism()),
  inlineBytes = INLINE_BYTES,
  memory = createBlockMemory({ scratchBlocks: limit + 1 }),
}: {
  threads?: number
  inlineBytes?: number
  memory?: BlockMemory
} = {}): Scanner {
  const threads = createScanThreads(limit, memory.memories)
  const scanHere = createBlockScanner(memory.memories, 0)

  return {
    memory,
    async scan(task, signal) {
      signal?.throwIfAborted()
      if (task.rows * task.dimensions <= inlineBytes) return [scanHere(task)]
      const parts = splitTask(task)
      const settled = await Promise.allSettled(parts.map((part) => threads.run(part, signal)))
      return settled.map((outcome, part) => {
        if (outcome.status === 'rejected') throw outcome.reason
        return shiftRows(outcome.value, part * BLOCKS_PER_TASK * rowsPerBlock(task))
      })
    },
    dispose: () => threads.dispose(),
  }
}

let shared: Scanner | undefined

/** The scanner that indexes use unless they are given another. */
export function sharedScanner(): Scanner {
  shared ??= createScanner()
  return shared
}

function splitTask(task: ScanTask): ScanTask[] {
  const rowsPerTask = BLOCKS_PER_TASK * rowsPerBlock(task)
  return Array.from({ length: Math.ceil(task.rows / rowsPerTask) }, (_, part) => ({
    ...task,
    blocks: task.blocks.slice(part * BLOCKS_PER_TASK, (part + 1) * BLOCKS_PER_TASK),
    rows: Math.min(rowsPerTask, task.rows - part * rowsPerTask),
  }))
}

function shiftRows(found: FoundRows, by: number): FoundRows {
  for (let at = 0; at < found.length; at += 2) found[at]! += by
  return found
}

const rowsPerBlock = ({ dimensions }: ScanTask) => Math.floor(BLOCK_BYTES / dimensions)
