import type { Picture } from '../../media/picture.ts'

export type Change = 'none' | 'some' | 'cut'

const COLUMNS = 48
const ROWS = 27
/** Mean difference of a cell, 0..255: below is noise of the sensor and the codec. */
const MOVED = 5
/** Mean difference of the whole picture at a cut, at least, and how many times that of the frames before. */
const CUT = 14
const CUT_RATIO = 2.2

/**
 * Tells whether anything moved since the last frame that was called different. Looks at every eighth pixel of a 48 x 27 grid of
 * cells: a twentieth of a millisecond a frame.
 */
export function watchChange(): (picture: Picture) => Change {
  let last: Float32Array | undefined
  let usual = 0
  return (picture) => {
    const now = cellsOf(picture)
    const before = last
    if (!before) {
      last = now
      return 'cut'
    }
    let largest = 0
    let sum = 0
    for (let i = 0; i < now.length; i++) {
      const difference = Math.abs(now[i]! - before[i]!)
      sum += difference
      if (difference > largest) largest = difference
    }
    if (largest < MOVED) return 'none'
    last = now
    const mean = sum / now.length
    const isCut = mean >= CUT && mean >= CUT_RATIO * usual
    usual = isCut ? mean / CUT_RATIO : 0.5 * usual + 0.5 * mean
    return isCut ? 'cut' : 'some'
  }
}

/** The mean green of each cell. */
function cellsOf({ data, width, height }: Picture): Float32Array {
  const cells = new Float32Array(COLUMNS * ROWS)
  for (let row = 0; row < ROWS; row++)
    for (let column = 0; column < COLUMNS; column++) {
      const left = Math.floor((column * width) / COLUMNS)
      const right = Math.floor(((column + 1) * width) / COLUMNS)
      const top = Math.floor((row * height) / ROWS)
      const bottom = Math.floor(((row + 1) * height) / ROWS)
      let sum = 0
      let count = 0
      for (let y = top; y < bottom; y += 8)
        for (let x = left; x < right; x += 8) {
          sum += data[(y * width + x) * 3 + 1]!
          count++
        }
      cells[row * COLUMNS + column] = count ? sum / count : 0
    }
  return cells
}
