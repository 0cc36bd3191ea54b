import { BLOCK_BYTES } from './block-memory.ts'
import { MAX_DIMENSIONS, quantiseQuery, quantiseRow, scaleOfReach } from './quantise.ts'
import { createRowTable } from './row-table.ts'
import { type Scanner, sharedScanner } from './scanner.ts'

export type Faces = {
  /** Positive safe integers. */
  readonly ids: readonly number[] | Float64Array
  /** One unit vector an id, one after the other. */
  readonly vectors: Float32Array
}

/** A face whose cosine with the query may reach what was asked; `cosine` is off by .01 or so. */
export type Match = { readonly id: number; readonly cosine: number }

/** Rows as they lie in memory: ids (0: a row without a face) and vectors, one after the other. */
export type PackedBlock = { readonly ids: Float64Array; readonly vectors: Int8Array }

/** By how much the rows of an index are off: none by more than `margin`, apart from those that were clipped. */
export type RowErrors = { margin: number; clipped: [row: number, error: number][] }

/** The faces of one event, as one model sees them, packed to int8 for exact search. */
export type PackedIndex = {
  /** How many faces. */
  readonly size: number
  /** Memory held, in bytes. */
  readonly bytes: number
  /**
   * Adds faces or replaces those that are there: adding again changes nothing. Never waits for a search: one that runs
   * sees the faces that were there when it started (of a replaced face either vector, or a mixture).
   *
   * @throws RangeError for an id or a vector that cannot be; the faces before it were added
   */
  add(faces: Faces): void
  /** Overwrites the vectors with zeros at once, also under a running search, which then leaves these faces out. */
  remove(ids: Iterable<number>): void
  /**
   * All faces whose true cosine with the query is at least `minCosine`, in no particular order, and some that lie up to
   * .02 below. Callers score what is found again, with the vectors in full precision.
   *
   * @param query a unit vector
   */
  search(query: Float32Array, minCosine: number, signal?: AbortSignal): Promise<Match[]>
  /** Rows of all blocks, those without a face included. */
  readonly rows: number
  /** A part of the rows, live: to be copied before the next `await`. Undefined behind the last. */
  blockAt(index: number): PackedBlock | undefined
  /** Of all rows that `blockAt` gave so far. */
  readonly errors: RowErrors
  /**
   * Takes a block of another index with the same dimensions and reach, whose errors are told with the last. Only for an index
   * that is being loaded: nothing may be added before all blocks are there.
   *
   * @param fill writes ids and vectors of `rows` rows; all of them are full but those of the last block
   */
  takeBlock(rows: number, fill: (block: PackedBlock) => Promise<void>): Promise<void>
  takeErrors(errors: RowErrors): void
  /** Wipes and gives back the memory; searches that run are let finish. Nothing may be called afterwards. */
  dispose(): void
}

/**
 * The least margin. Vectors of 128 numbers and reach .40 round by .0103, of 512 and 1/3 by .0171, and the margin is
 * the largest such error of any row, so that recall is 1 by proof and not by luck.
 */
const LEAST_MARGIN = 0.01

/** Rows that are off by more (they were clipped) are checked apart, each with its own error as margin. */
const WIDEST_MARGIN = 0.03

/** What is left of float arithmetic: float32 vectors of length 1 +- 1e-7, sums of 512 numbers. */
const FLOAT_ERROR = 1e-5

/** No face has it: a row with this id is free. */
const NO_ID = 0

/** A block of memory and the ids of its rows. */
type Block = { number: number; rows: Int8Array; ids: Float64Array }

/**
 * @param dimensions a multiple of 32, at most 512
 * @param reach the largest component of a vector that is kept: a property of the model. Larger ones are clipped, which
 *   costs time, not recall
 */
export function createPackedIndex({
  dimensions,
  reach,
  scanner = sharedScanner(),
}: {
  dimensions: number
  reach: number
  scanner?: Scanner
}): PackedIndex {
  if (!(dimensions > 0 && dimensions % 32 === 0 && dimensions <= MAX_DIMENSIONS)) {
    throw new RangeError(`${dimensions} dimensions: must be a multiple of 32, at most 512`)
  }
  const { memory } = scanner
  const scale = scaleOfReach(reach)
  const rowsPerBlock = Math.floor(BLOCK_BYTES / dimensions)
  const packed = new Int8Array(dimensions)
  const blocks: Block[] = []
  const freeRows: number[] = []
  const clipped = new Map<number, number>() // row -> error
  let rowCount = 0 // free ones included
  let margin = LEAST_MARGIN
  let running = 0
  let isDisposed = false

  const blockOf = (row: number) => blocks[Math.floor(row / rowsPerBlock)]!
  const offsetOf = (row: number) => (row % rowsPerBlock) * dimensions
  const idOf = (row: number) => blockOf(row).ids[row % rowsPerBlock]!
  const table = createRowTable(idOf)

  function addOne(id: number, vectors: Float32Array, at: number) {
    if (!(Number.isSafeInteger(id) && id > NO_ID)) throw new RangeError(`no face has the id ${id}`)
    const error = quantiseRow(vectors, { at, scale, out: packed })
    if (!Number.isFinite(error)) throw new RangeError(`the vector of face ${id} is not finite`)
    const known = table.find(id)
    const row = known >= 0 ? known : takeRow()
    blockOf(row).rows.set(packed, offsetOf(row))
    noteError(row, error)
    if (known >= 0) return
    blockOf(row).ids[row % rowsPerBlock] = id
    table.insert(id, row)
  }

  /** A row of zeros. One that a running search reads must not become another face's: its match would bear the new id. */
  function takeRow(): number {
    const free = running === 0 ? freeRows.pop() : undefined
    if (free !== undefined) return free
    if (rowCount === blocks.length * rowsPerBlock) addBlock()
    return rowCount++
  }

  function addBlock(): Block {
    const number = memory.allocate()
    const block = { number, rows: memory.view(number), ids: new Float64Array(rowsPerBlock) }
    blocks.push(block)
    return block
  }

  const partOf = ({ ids, rows }: Block, count: number): PackedBlock => ({
    ids: ids.subarray(0, count),
    vectors: rows.subarray(0, count * dimensions),
  })

  function noteError(row: number, error: number) {
    if (error > WIDEST_MARGIN) clipped.set(row, error)
    else clipped.delete(row)
    if (error <= WIDEST_MARGIN) margin = Math.max(margin, error)
  }

  function removeOne(id: number) {
    const row = table.find(id)
    if (row < 0) return
    table.delete(id)
    const at = offsetOf(row)
    blockOf(row).rows.fill(0, at, at + dimensions)
    blockOf(row).ids[row % rowsPerBlock] = NO_ID
    clipped.delete(row)
    freeRows.push(row)
  }

  /** Of the rows that were clipped those which the kernel leaves out although they may reach `minCosine`. */
  function findClipped(
    query: Int16Array,
    { unit, minCosine, threshold }: { unit: number; minCosine: number; threshold: number },
  ): Match[] {
    const matches: Match[] = []
    for (const [row, error] of clipped) {
      const { rows } = blockOf(row)
      const at = offsetOf(row)
      const dot = query.reduce((sum, value, i) => sum + value * rows[at + i]!, 0)
      const canReach = dot >= Math.floor((minCosine - error - FLOAT_ERROR) * unit)
      if (canReach && dot < threshold) matches.push({ id: idOf(row), cosine: dot / unit })
    }
    return matches
  }

  function releaseBlocks() {
    memory.release(blocks.splice(0).map(({ number }) => number))
  }

  function assertOpen() {
    if (isDisposed) throw new Error('the face index was disposed')
  }

  return {
    get size() {
      return rowCount - freeRows.length
    },
    get bytes() {
      return blocks.length * (BLOCK_BYTES + 8 * rowsPerBlock) + table.bytes + 8 * freeRows.length
    },
    get rows() {
      return rowCount
    },
    blockAt(index) {
      const block = blocks[index]
      if (block === undefined) return undefined
      const count = Math.min(rowsPerBlock, rowCount - index * rowsPerBlock)
      return partOf(block, count)
    },
    get errors() {
      return { margin, clipped: [...clipped] }
    },
    async takeBlock(rows, fill) {
      assertOpen()
      const isNext = rowCount === blocks.length * rowsPerBlock
      if (!(isNext && rows > 0 && rows <= rowsPerBlock))
        throw new RangeError(`a block of ${rows} rows cannot follow ${rowCount}`)
      const block = addBlock()
      await fill(partOf(block, rows))
      for (let row = rowCount; row < rowCount + rows; row++) {
        const id = block.ids[row % rowsPerBlock]!
        if (id === NO_ID) freeRows.push(row)
        else if (Number.isSafeInteger(id) && id > NO_ID) table.insert(id, row)
        else throw new RangeError(`no face has the id ${id}`)
      }
      rowCount += rows
    },
    takeErrors(errors) {
      margin = Math.max(margin, errors.margin)
      for (const [row, error] of errors.clipped) if (idOf(row) !== NO_ID) clipped.set(row, error)
    },
    add({ ids, vectors }) {
      assertOpen()
      if (vectors.length !== ids.length * dimensions) {
        throw new RangeError(`${ids.length} ids, ${vectors.length / dimensions} vectors`)
      }
      for (let i = 0; i < ids.length; i++) addOne(ids[i]!, vectors, i * dimensions)
    },
    remove(ids) {
      assertOpen()
      for (const id of ids) removeOne(id)
    },
    async search(query, minCosine, signal) {
      assertOpen()
      if (query.length !== dimensions) throw new RangeError(`the query has ${query.length} numbers`)
      if (!(minCosine >= -2 && minCosine <= 2)) throw new RangeError(`no cosine: ${minCosine}`)
      const { values, scale: queryScale, error } = quantiseQuery(query)
      const unit = scale * queryScale // the dot product that stands for a cosine of 1
      const least = minCosine - margin - error * (1 + margin) - FLOAT_ERROR
      const threshold = Math.floor(least * unit)
      running++
      try {
        const matches = findClipped(values, { unit, minCosine, threshold })
        const found = await scanner.scan(
          {
            dimensions,
            query: values,
            threshold,
            blocks: Int32Array.from(blocks, ({ number }) => number),
            rows: rowCount,
          },
          signal,
        )
        for (const pairs of found) {
          for (let at = 0; at < pairs.length; at += 2) {
            const id = idOf(pairs[at]!)
            if (id !== NO_ID) matches.push({ id, cosine: pairs[at + 1]! / unit })
          }
        }
        return matches
      } finally {
        running--
        if (isDisposed && running === 0) releaseBlocks()
      }
    },
    dispose() {
      if (isDisposed) return
      isDisposed = true
      if (running === 0) releaseBlocks()
    },
  }
}
