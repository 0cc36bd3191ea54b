import { freeMemory } from '../../lib/free-memory.ts'
import { grow, smallestRectangle, type TextBox } from './geometry.ts'

/** How likely each pixel lies in the core of a text: row-major, in 255ths. */
export type TextMap = {
  readonly values: Uint8Array
  readonly width: number
  readonly height: number
}

/** A pixel counts as text above this. Both thresholds and the growth are those of PP-OCR, but a box passes at .45, not .6. */
const PIXEL_THRESHOLD = 0.3 * 255
const BOX_THRESHOLD = 0.45 * 255
/** The net marks a shrunken core; each side moves out by area * ratio / perimeter. */
const UNCLIP_RATIO = 1.6
const MIN_PIXELS = 9
const MIN_SIDE = 3

type Window = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * One rectangle round each connected patch of text, grown from the core to the whole characters, in pixels of the map.
 * Post-processing of "Real-time Scene Text Detection with Differentiable Binarization" (Liao et al. 2020).
 *
 * @param windows where there is anything at all: the rest is not looked at. Whole pixels; undefined: everywhere
 */
export function textBoxes(map: TextMap, windows?: readonly Window[]): TextBox[] {
  const { width, height } = map
  const blobs = blobFinder(map)
  const boxes: TextBox[] = []
  const addBox = (at: number) => {
    const blob = blobs.take(at % width, Math.floor(at / width))
    if (blob.pixels < MIN_PIXELS || blob.meanProbability < BOX_THRESHOLD) return
    const core = smallestRectangle(blob.hull)
    if (Math.min(core.width, core.height) < MIN_SIDE) return
    const by = (core.width * core.height * UNCLIP_RATIO) / (2 * (core.width + core.height))
    boxes.push(grow(core, by, by))
  }
  meetBlobs(map, {
    taken: blobs.taken,
    windows: windows ?? [{ left: 0, top: 0, right: width, bottom: height }],
    meet: addBox,
  })
  freeMemory(blobs.taken)
  return boxes
}

type Meeting = {
  /** Marks pixels of blobs that were met. */
  readonly taken: Uint8Array
  readonly windows: readonly Window[]
  readonly meet: (at: number) => void
}

/** Goes through the pixels of text, row after row over all windows: each blob is met in its topmost row. */
function meetBlobs({ values, width }: TextMap, { taken, windows, meet }: Meeting): void {
  const bottom = Math.max(0, ...windows.map((window) => window.bottom))
  for (let y = Math.min(bottom, ...windows.map(({ top }) => top)); y < bottom; y++)
    for (const window of windows) {
      if (y < window.top || y >= window.bottom) continue
      const row = { from: y * width + window.left, to: y * width + window.right }
      for (let at = nextText(values, row); at < row.to; ) {
        if (taken[at] === 0) meet(at)
        at = nextText(values, { from: at + 1, to: row.to })
      }
    }
}

/** The first pixel of text in a part of the map; `to` when there is none. */
function nextText(values: Uint8Array, { from, to }: { from: number; to: number }): number {
  let at = from
  while (at < to && values[at]! <= PIXEL_THRESHOLD) at++
  return at
}

type Blob = {
  readonly pixels: number
  readonly meanProbability: number
  /** Corners of the convex hull, x and y in turn. */
  readonly hull: readonly number[]
}

/** Flood fill over eight neighbours. Of a blob only the first and last column of each row is kept: enough for its hull. */
function blobFinder({ values, width, height }: TextMap) {
  const taken = new Uint8Array(values.length)
  const firstX = new Int32Array(height)
  const lastX = new Int32Array(height)
  const stack: number[] = []

  function take(startX: number, startY: number): Blob {
    let pixels = 0
    let sum = 0
    let bottom = startY
    // The scan meets a blob in its topmost row, so rows above startY never come up.
    firstX[startY] = startX
    lastX[startY] = startX
    taken[startY * width + startX] = 1
    stack.push(startY * width + startX)
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const y = Math.floor(at / width)
      const x = at - y * width
      pixels++
      sum += values[at]!
      if (y > bottom) {
        bottom = y // rows are met one by one: a pixel is reached from its neighbours
        firstX[y] = x
        lastX[y] = x
      }
      if (x < firstX[y]!) firstX[y] = x
      if (x > lastX[y]!) lastX[y] = x
      const right = Math.min(width - 1, x + 1)
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let next = ny * width + Math.max(0, x - 1); next <= ny * width + right; next++) {
          if (taken[next] === 1 || values[next]! <= PIXEL_THRESHOLD) continue
          taken[next] = 1
          stack.push(next)
        }
      }
    }
    const hull = hullOfRows({ firstX, lastX, top: startY, bottom })
    return { pixels, meanProbability: sum / pixels, hull }
  }

  return { take, taken }
}

type Rows = { firstX: Int32Array; lastX: Int32Array; top: number; bottom: number }

/** Convex hull of whole pixels, given as the first and last column of each row: down the right side, up the left. */
function hullOfRows({ firstX, lastX, top, bottom }: Rows): number[] {
  const hull: number[] = []
  let chainStart = 0
  const add = (x: number, y: number) => {
    while (hull.length - chainStart >= 4 && !turnsRight(hull, x, y)) hull.length -= 2
    hull.push(x, y)
  }
  for (let y = top; y <= bottom; y++) {
    add(lastX[y]! + 1, y)
    add(lastX[y]! + 1, y + 1)
  }
  chainStart = hull.length
  for (let y = bottom; y >= top; y--) {
    add(firstX[y]!, y + 1)
    add(firstX[y]!, y)
  }
  return hull
}

/** Whether the way over the last two points to (x, y) turns clockwise, as a hull walked down its right side does. */
function turnsRight(points: readonly number[], x: number, y: number): boolean {
  const at = points.length - 4
  const [ax, ay, bx, by] = [points[at]!, points[at + 1]!, points[at + 2]!, points[at + 3]!]
  return (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0
}
