import type { Box } from '../../media/picture.ts'

/**
 * A rectangle that may be turned: `cos` and `sin` give the direction in which it is read, which is never more than 45
 * degrees from the horizontal; `width` is measured along it, `height` across. Pixels.
 */
export type TextBox = {
  readonly centreX: number
  readonly centreY: number
  readonly width: number
  readonly height: number
  readonly cos: number
  readonly sin: number
}

/**
 * The smallest rectangle round a convex hull: it shares a direction with one of the hull's edges.
 *
 * @param hull corners in order, x and y in turn; at least two different ones
 */
export function smallestRectangle(hull: readonly number[]): TextBox {
  let best: TextBox | undefined
  for (let i = 0; i < hull.length; i += 2) {
    const next = (i + 2) % hull.length
    const dx = hull[next]! - hull[i]!
    const dy = hull[next + 1]! - hull[i + 1]!
    const length = Math.hypot(dx, dy)
    if (length === 0) continue
    const candidate = rectangleAlong(hull, dx / length, dy / length)
    if (!best || candidate.width * candidate.height < best.width * best.height) best = candidate
  }
  if (!best) throw new Error('a hull needs two different points')
  return best
}

/** The rectangle with its sides along and across the direction, turned so that it reads left to right. */
function rectangleAlong(hull: readonly number[], dirX: number, dirY: number): TextBox {
  const [cos, sin] = readingDirection(dirX, dirY)
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = 0; i < hull.length; i += 2) {
    const along = hull[i]! * cos + hull[i + 1]! * sin
    const across = hull[i + 1]! * cos - hull[i]! * sin
    left = Math.min(left, along)
    right = Math.max(right, along)
    top = Math.min(top, across)
    bottom = Math.max(bottom, across)
  }
  const [along, across] = [(left + right) / 2, (top + bottom) / 2]
  return {
    centreX: along * cos - across * sin,
    centreY: along * sin + across * cos,
    width: right - left,
    height: bottom - top,
    cos,
    sin,
  }
}

/** Of the four directions of a rectangle's sides, the one that points right. */
function readingDirection(dirX: number, dirY: number): [cos: number, sin: number] {
  const [cos, sin] = Math.abs(dirX) >= Math.abs(dirY) ? [dirX, dirY] : [dirY, -dirX]
  return cos < 0 ? [-cos, -sin] : [cos, sin]
}

/** Moves every side outwards: the two ends by `alongBy`, top and bottom by `acrossBy` pixels. */
export const grow = (box: TextBox, alongBy: number, acrossBy: number): TextBox => ({
  ...box,
  width: box.width + 2 * alongBy,
  height: box.height + 2 * acrossBy,
})

/** Whether the centre of `other` lies in the box. */
export function holds(box: TextBox, other: TextBox): boolean {
  const dx = other.centreX - box.centreX
  const dy = other.centreY - box.centreY
  return (
    Math.abs(dx * box.cos + dy * box.sin) <= box.width / 2 &&
    Math.abs(dy * box.cos - dx * box.sin) <= box.height / 2
  )
}

/** The same box in a picture `factor` times as large. */
export const scaled = (box: TextBox, factor: number): TextBox => ({
  centreX: box.centreX * factor,
  centreY: box.centreY * factor,
  width: box.width * factor,
  height: box.height * factor,
  cos: box.cos,
  sin: box.sin,
})

/** The upright box round a turned one, whole pixels, cut at the borders of the picture. */
export function boundsOf(box: TextBox, picture: { width: number; height: number }): Box {
  const reachX = (box.width * Math.abs(box.cos) + box.height * Math.abs(box.sin)) / 2
  const reachY = (box.width * Math.abs(box.sin) + box.height * Math.abs(box.cos)) / 2
  const left = Math.max(0, Math.round(box.centreX - reachX))
  const top = Math.max(0, Math.round(box.centreY - reachY))
  const right = Math.min(picture.width, Math.round(box.centreX + reachX))
  const bottom = Math.min(picture.height, Math.round(box.centreY + reachY))
  return [left, top, Math.max(0, right - left), Math.max(0, bottom - top)]
}
