import { MAX_PAGES } from './scan-kernel.ts'

const PAGE_BYTES = 65_536

/** 2,048 vectors of 128 numbers; a scan takes 18 us, so that what a call of the kernel costs is lost in it. */
export const BLOCK_BYTES = 4 * PAGE_BYTES

const BLOCKS_PER_MEMORY = MAX_PAGES / 4

/** Address space is taken 16 MiB at a time; the system gives real memory when a page is first written. */
const GROWTH_BLOCKS = 64

/** 4 MiB, 1 to 2 ms: what is wiped in one turn of the event loop. */
const WIPED_PER_TURN = 16

/** Blocks of shared memory out of which all indexes of a process are made. A block is known by its number. */
export type BlockMemory = {
  /** Shared with the scanning threads; a further one follows when one is full, at 4 GiB. */
  readonly memories: readonly WebAssembly.Memory[]
  /** Bytes of blocks in use. */
  readonly usedBytes: number
  /** A block of zeros. */
  allocate(): number
  /** Wipes blocks and keeps them for others: a few at once, many over the next turns of the event loop. */
  release(blocks: readonly number[]): void
  /** The bytes of a block. Growing the memory moves nothing, so the view stays good. */
  view(block: number): Int8Array
}

/**
 * One memory for all indexes rather than one each: blocks go from an evicted index to the next, while a
 * WebAssembly.Memory is given back only when every thread has collected its garbage, which idle threads never do.
 * It holds as much as was in use at the worst moment: `maxBytes` of the index cache bounds it.
 *
 * @param scratchBlocks first blocks of each memory that are never given away: one a thread, see scan-blocks.ts
 * @param blocksPerMemory lower in tests alone
 */
export function createBlockMemory({
  scratchBlocks,
  blocksPerMemory = BLOCKS_PER_MEMORY,
}: {
  scratchBlocks: number
  blocksPerMemory?: number
}): BlockMemory {
  const memories: WebAssembly.Memory[] = []
  const free: number[] = []
  const unwiped: number[] = []
  let next = 0 // the lowest block of the last memory that was never given away
  let used = 0

  function takeNew(): number {
    if (memories.length === 0 || next === blocksPerMemory) {
      memories.push(new WebAssembly.Memory({ initial: 0, maximum: MAX_PAGES, shared: true }))
      next = scratchBlocks
    }
    const memory = memories.at(-1)!
    if (bytesOf(memory) < (next + 1) * BLOCK_BYTES) {
      const until = Math.min(next + GROWTH_BLOCKS, blocksPerMemory)
      memory.grow((until * BLOCK_BYTES - bytesOf(memory)) / PAGE_BYTES)
    }
    return (memories.length - 1) * BLOCKS_PER_MEMORY + next++
  }

  function view(block: number) {
    const { memory, address } = locateBlock(memories, block)
    return new Int8Array(memory.buffer, address, BLOCK_BYTES)
  }

  function wipeSome() {
    for (const block of unwiped.splice(-WIPED_PER_TURN)) {
      view(block).fill(0)
      free.push(block)
      used--
    }
    if (unwiped.length > 0) setImmediate(wipeSome)
  }

  return {
    memories,
    get usedBytes() {
      return used * BLOCK_BYTES
    },
    allocate() {
      const block = free.pop() ?? takeNew()
      used++
      return block
    },
    release(blocks) {
      const isWiping = unwiped.length > 0
      for (const block of blocks) unwiped.push(block)
      if (!isWiping) wipeSome()
    },
    view,
  }
}

/** Where a block lies: the memory and the address of its first byte there. */
export function locateBlock(memories: readonly WebAssembly.Memory[], block: number) {
  const index = Math.floor(block / BLOCKS_PER_MEMORY)
  const memory = memories[index]
  if (memory === undefined) throw new RangeError(`no memory holds block ${block}`)
  return { index, memory, address: (block % BLOCKS_PER_MEMORY) * BLOCK_BYTES }
}

const bytesOf = (memory: WebAssembly.Memory) => memory.buffer.byteLength
