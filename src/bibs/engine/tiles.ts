/** A piece of one side of a picture: what the net sees (`start`, `length`), and the part of its answer that counts. */
export type Span = {
  readonly start: number
  /** A multiple of 32; may reach beyond the picture. */
  readonly length: number
  readonly keepStart: number
  readonly keepEnd: number
}

/** A part of a picture: one span across, one span down. */
export type Tile = { readonly across: Span; readonly down: Span }

/** The detector takes 40 MB a megapixel of input in bytes, 130 MB in floats. */
const MAX_TILE_PIXELS = 1_450_000
/** Pixels seen beyond those kept: text that a border cuts is marked badly near it. */
const MARGIN = 64
/** Both sides of the net's input are multiples of this. */
const STEP = 32

type Window = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Cuts a window of a picture along its longer side into as few tiles as the limit allows. */
export function planTiles({ left, top, right, bottom }: Window): Tile[] {
  const [width, height] = [right - left, bottom - top]
  if (width >= height) {
    const down = wholeSpan(height)
    const spans = planSpans(width, MAX_TILE_PIXELS / down.length)
    return spans.map((across) => ({ across: shift(across, left), down: shift(down, top) }))
  }
  const across = wholeSpan(width)
  const spans = planSpans(height, MAX_TILE_PIXELS / across.length)
  return spans.map((down) => ({ across: shift(across, left), down: shift(down, top) }))
}

const shift = ({ start, length, keepStart, keepEnd }: Span, by: number): Span => ({
  start: start + by,
  length,
  keepStart: keepStart + by,
  keepEnd: keepEnd + by,
})

/** Spans of equal length that overlap by two margins or a little more; what two share is halved between them. */
function planSpans(side: number, maxLength: number): Span[] {
  if (roundUp(side) <= maxLength) return [wholeSpan(side)]
  const most = Math.max(Math.floor(maxLength / STEP) * STEP, 4 * MARGIN)
  const count = Math.ceil((side - 2 * MARGIN) / (most - 2 * MARGIN))
  const length = roundUp((side + (count - 1) * 2 * MARGIN) / count)
  const startOf = (i: number) => Math.round(((side - length) * i) / (count - 1))
  const borderAfter = (i: number) => Math.floor((startOf(i) + length + startOf(i + 1)) / 2)
  return Array.from({ length: count }, (_, i) => ({
    start: startOf(i),
    length,
    keepStart: i === 0 ? 0 : borderAfter(i - 1),
    keepEnd: i === count - 1 ? side : borderAfter(i),
  }))
}

const wholeSpan = (side: number): Span => ({
  start: 0,
  length: roundUp(side),
  keepStart: 0,
  keepEnd: side,
})

const roundUp = (pixels: number) => Math.ceil(pixels / STEP) * STEP
