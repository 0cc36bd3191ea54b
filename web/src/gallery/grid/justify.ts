export type Box = { left: number; top: number; width: number; height: number }

/** Most photos of a race are 3 : 2; each photo gets the room that one of these takes in a row. */
const USUAL_RATIO = 1.5
const GAP_PX = 4
const MOST_IN_ROW = 14
/** Ideal row heights that are tried, as factors: rows come in whole numbers, so the obvious one need not fit best. */
const TRIALS = Array.from({ length: 17 }, (_, at) => 0.8 + at * 0.025)

/** How many 3 : 2 photos stand side by side: two on a phone, up to six on a desktop. All of them divide the chunk's 60. */
const usualInRow = (width: number) =>
  Math.max(
    2,
    Math.min(6, Math.round(width / (USUAL_RATIO * (width < 600 ? 130 : 150 + width * 0.06)))),
  )

/** Height of a row of 3 : 2 photos in a grid of this width. */
export function rowHeight(width: number): number {
  const inRow = usualInRow(width)
  return (width - GAP_PX * (inRow - 1)) / (inRow * USUAL_RATIO)
}

/** What `count` photos take before anything about them is known: chunks keep this height, so that nothing moves later. */
export const expectedHeight = (count: number, width: number): number =>
  Math.ceil(count / usualInRow(width)) * (Math.round(rowHeight(width)) + GAP_PX)

/**
 * Rows of photos as wide as the grid, as high together as asked: rows are broken where their heights differ least, then
 * all are stretched by the few percent that are missing (the pictures are cropped by as much).
 *
 * @param height of all rows with the gap below each; undefined: as it comes, the last row not stretched
 */
export function justify(
  ratios: readonly number[],
  { width, height }: { width: number; height?: number },
): { boxes: Box[]; height: number } {
  if (height === undefined) return place(ratios, breakRows(ratios, width, rowHeight(width)), width)
  const ideal = idealRow(ratios, width, height)
  let best: { ends: number[]; factor: number } | undefined
  for (const trial of TRIALS) {
    const ends = breakRows(ratios, width, ideal * trial)
    const pictures = sum(rowHeights(ratios, ends, width))
    const factor = (height - ends.length * GAP_PX) / pictures
    if (!best || Math.abs(Math.log(factor)) < Math.abs(Math.log(best.factor)))
      best = { ends, factor }
  }
  return place(ratios, best?.ends ?? [], width, height)
}

/** Rows of the height that lets all photos fill the area asked for. */
function idealRow(ratios: readonly number[], width: number, height: number): number {
  const rows = Math.max(1, Math.sqrt((height * sum(ratios)) / width))
  return Math.max(1, height / rows - GAP_PX)
}

/** Ends of rows (exclusive) such that the squared differences from the ideal height are least. */
function breakRows(ratios: readonly number[], width: number, ideal: number): number[] {
  const cost = [0]
  const start = [0]
  for (let end = 1; end <= ratios.length; end++) {
    let wide = 0
    cost[end] = Number.POSITIVE_INFINITY
    for (let from = end - 1; from >= Math.max(0, end - MOST_IN_ROW); from--) {
      wide += ratios[from]!
      const row = (width - GAP_PX * (end - from - 1)) / wide
      // A last row that is too short costs nothing: it is not stretched.
      const off = end === ratios.length && row > ideal ? 0 : row / ideal - ideal / row
      const total = cost[from]! + off * off
      if (total < cost[end]!) [cost[end], start[end]] = [total, from]
    }
  }
  const ends: number[] = []
  for (let end = ratios.length; end > 0; end = start[end]!) ends.unshift(end)
  return ends
}

function rowHeights(ratios: readonly number[], ends: readonly number[], width: number): number[] {
  return ends.map((end, row) => {
    const from = ends[row - 1] ?? 0
    return (width - GAP_PX * (end - from - 1)) / sum(ratios.slice(from, end))
  })
}

function place(
  ratios: readonly number[],
  ends: readonly number[],
  width: number,
  height?: number,
): { boxes: Box[]; height: number } {
  const heights = rowHeights(ratios, ends, width)
  const isStretched = height !== undefined
  const factor = isStretched ? (height - ends.length * GAP_PX) / sum(heights) : 1
  const boxes: Box[] = []
  let [exact, top] = [0, 0]
  for (const [row, end] of ends.entries()) {
    const natural = heights[row]! * factor
    const isShort = !isStretched && row === ends.length - 1 && natural > rowHeight(width) * 1.25
    exact += isShort ? rowHeight(width) : natural
    const bottom = Math.round(exact)
    const inRow = ratios.slice(ends[row - 1] ?? 0, end)
    const room = width - GAP_PX * (inRow.length - 1)
    const scale = isShort ? bottom - top : room / sum(inRow)
    let left = 0
    for (const ratio of inRow) {
      const right = left + ratio * scale
      boxes.push({
        left: Math.round(left),
        top,
        width: Math.round(right) - Math.round(left),
        height: bottom - top,
      })
      left = right + GAP_PX
    }
    exact += GAP_PX
    top = bottom + GAP_PX
  }
  return { boxes, height: height ?? top }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
