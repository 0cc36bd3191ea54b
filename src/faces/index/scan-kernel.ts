import {
  add,
  addLanes,
  assembleFunction,
  dotPairs,
  get,
  I32,
  int,
  isAtLeast,
  isBelowUnsigned,
  lane,
  loadInt8s,
  loadInt16s,
  repeatWhile,
  set,
  shiftLeft,
  store,
  tee,
  V128,
  when,
  ZERO_LANES,
} from './assemble.ts'

/** 4 GiB, all that 32-bit addresses reach. */
export const MAX_PAGES = 65_536

/**
 * Multiplies `count` (at least 1) rows of int8 with a query of int16 and writes (row, dot product) as two int32 to
 * `resultsAt` for each row that reaches `threshold`. All addresses are bytes of the memory.
 *
 * @returns how many rows were written
 */
export type ScanRows = (
  rowsAt: number,
  count: number,
  dimensions: number, // a multiple of 32
  queryAt: number,
  threshold: number,
  resultsAt: number,
) => number

let compiled: WebAssembly.Module | undefined

/**
 * The kernel over one memory. A thread waits for memory, not for arithmetic (13 to 14 GB/s, as fast as `memcpy` reads
 * and writes on the same machine), hence no unrolling beyond 32 numbers: it gains 3 %.
 */
export function openScanKernel(memory: WebAssembly.Memory): ScanRows {
  compiled ??= new WebAssembly.Module(assembleScan())
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  return exports.scan as ScanRows
}

function assembleScan() {
  const [ROWS, COUNT, DIMENSIONS, QUERY, THRESHOLD, RESULTS] = [0, 1, 2, 3, 4, 5]
  const [ROW, AT, FOUND, DOT, ROW_AT, QUERY_AT] = [6, 7, 8, 9, 10, 11]
  const [EVEN, ODD] = [12, 13] // two sums, so that an addition need not wait for the one before

  const eight = (sum: number, offset: number) =>
    set(
      sum,
      addLanes(
        get(sum),
        dotPairs(loadInt8s(get(ROW_AT), offset), loadInt16s(get(QUERY_AT), 2 * offset)),
      ),
    )
  const sum = get(EVEN)
  const resultAt = add(get(RESULTS), shiftLeft(get(FOUND), 3))

  const scanRow = [
    set(EVEN, ZERO_LANES),
    set(ODD, ZERO_LANES),
    set(AT, int(0)),
    repeatWhile(
      isBelowUnsigned(tee(AT, add(get(AT), int(32))), get(DIMENSIONS)),
      set(ROW_AT, add(get(ROWS), get(AT))),
      set(QUERY_AT, add(get(QUERY), shiftLeft(get(AT), 1))),
      eight(EVEN, 0),
      eight(ODD, 8),
      eight(EVEN, 16),
      eight(ODD, 24),
    ),
    set(EVEN, addLanes(get(EVEN), get(ODD))),
    set(DOT, add(add(lane(sum, 0), lane(sum, 1)), add(lane(sum, 2), lane(sum, 3)))),
    when(
      isAtLeast(get(DOT), get(THRESHOLD)),
      store(resultAt, get(ROW)),
      store(resultAt, get(DOT), 4),
      set(FOUND, add(get(FOUND), int(1))),
    ),
    set(ROWS, add(get(ROWS), get(DIMENSIONS))),
  ]
  const hasMore = isBelowUnsigned(tee(ROW, add(get(ROW), int(1))), get(COUNT))
  return assembleFunction(
    {
      name: 'scan',
      parameters: 6,
      locals: [
        [6, I32],
        [2, V128],
      ],
    },
    [...repeatWhile(hasMore, ...scanRow), ...get(FOUND)],
    MAX_PAGES,
  )
}
