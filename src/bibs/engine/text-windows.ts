import type { TextMap } from './text-boxes.ts'

/** A part of a picture, in pixels. */
export type Window = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

type Size = { readonly width: number; readonly height: number }

/** Windows are made of squares of this side; the net's input is a multiple of it. */
const CELL = 32
/** Pixels seen round a trace of text: the net marks text badly near a border. */
const MARGIN = 64
/** In a small copy of a picture large text leaves a trace of at least this. */
const TRACE = 0.1 * 255
/** Two windows become one that is larger than both together by less than this: one run costs less than two. */
const WORTH_JOINING = 1.15

/**
 * Where a picture is worth a close look: windows of whole cells that overlap little and hold all places that are named and, with a
 * margin, all traces of text in a small copy. A window costs the net what its area is, so road, sky and trees cost nothing.
 *
 * @param coarse what the net says of the small copy; undefined: places alone count
 * @param places in pixels of the picture, as windows are; what lies beyond it is left out
 * @param size of the picture
 */
export function planWindows(
  coarse: TextMap | undefined,
  { places, size }: { places: readonly Window[]; size: Size },
): Window[] {
  const grid = { columns: Math.ceil(size.width / CELL), rows: Math.ceil(size.height / CELL) }
  const cells = new Uint8Array(grid.columns * grid.rows)
  for (const place of places) mark(cells, grid, place)
  if (coarse) markTraces(cells, grid, { coarse, size })
  return joinBoxes(boxesOf(cells, grid)).map((box) => ({
    left: box.left * CELL,
    top: box.top * CELL,
    right: Math.min(size.width, box.right * CELL),
    bottom: Math.min(size.height, box.bottom * CELL),
  }))
}

type Grid = { readonly columns: number; readonly rows: number }

/** Marks the cells of the picture in which the small copy shows text, with their margin. */
function markTraces(
  cells: Uint8Array,
  grid: Grid,
  { coarse, size }: { coarse: TextMap; size: Size },
): void {
  const { width, height } = coarse
  for (let y = 0; y < height; y++) {
    const top = CELL * Math.floor((((y + 0.5) / height) * size.height) / CELL)
    let last = -1
    for (const x of tracesIn(coarse.values.subarray(y * width, (y + 1) * width))) {
      const left = CELL * Math.floor((((x + 0.5) / width) * size.width) / CELL)
      if (left === last) continue
      last = left
      mark(cells, grid, {
        left: left - MARGIN,
        top: top - MARGIN,
        right: left + CELL + MARGIN,
        bottom: top + CELL + MARGIN,
      })
    }
  }
}

/** Where a row of the small copy shows text. */
function tracesIn(row: Uint8Array): number[] {
  const found: number[] = []
  for (let x = 0; x < row.length; x++) if (row[x]! > TRACE) found.push(x)
  return found
}

/** Marks the cells that a place touches. */
function mark(cells: Uint8Array, { columns, rows }: Grid, { left, top, right, bottom }: Window) {
  const first = Math.max(0, Math.floor(left / CELL))
  const end = Math.min(columns, Math.ceil(right / CELL))
  const last = Math.min(rows, Math.ceil(bottom / CELL))
  if (first >= end) return
  for (let row = Math.max(0, Math.floor(top / CELL)); row < last; row++)
    cells.fill(1, row * columns + first, row * columns + end)
}

/** Round each connected patch of marked cells one box, in cells. */
function boxesOf(cells: Uint8Array, { columns, rows }: Grid): Window[] {
  const boxes: Window[] = []
  for (let start = 0; start < cells.length; start++) {
    if (cells[start] !== 1) continue
    const box = { left: columns, top: rows, right: 0, bottom: 0 }
    const waiting = [start]
    cells[start] = 2
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const x = at % columns
      const y = Math.floor(at / columns)
      box.left = Math.min(box.left, x)
      box.top = Math.min(box.top, y)
      box.right = Math.max(box.right, x + 1)
      box.bottom = Math.max(box.bottom, y + 1)
      const next = [
        x > 0 ? at - 1 : -1,
        x < columns - 1 ? at + 1 : -1,
        y > 0 ? at - columns : -1,
        y < rows - 1 ? at + columns : -1,
      ]
      for (const one of next)
        if (cells[one] === 1) {
          cells[one] = 2
          waiting.push(one)
        }
    }
    boxes.push(box)
  }
  return boxes
}

/** Joins boxes as long as two of them are worth it. */
function joinBoxes(boxes: readonly Window[]): Window[] {
  const joined: Window[] = []
  for (const box of boxes) {
    let whole = box
    for (let at = 0; at < joined.length; ) {
      const both = around(whole, joined[at]!)
      if (areaOf(both) <= WORTH_JOINING * (areaOf(whole) + areaOf(joined[at]!))) {
        whole = both
        joined.splice(at, 1)
        at = 0 // larger now: those that were not worth it may be
      } else at++
    }
    joined.push(whole)
  }
  return joined
}

const around = (a: Window, b: Window): Window => ({
  left: Math.min(a.left, b.left),
  top: Math.min(a.top, b.top),
  right: Math.max(a.right, b.right),
  bottom: Math.max(a.bottom, b.bottom),
})

export const areaOf = ({ left, top, right, bottom }: Window) => (right - left) * (bottom - top)
