import type { Box } from './justify.ts'

type Place = { layout: { boxOf(index: number): Box | undefined }; total: number }

/** Farther than this no photo of the next row can be. */
const LONGEST_ROW = 30
const PAGE = 24

/** The photo that a key leads to; undefined where the key means nothing here. */
export function nextIndex(key: string, from: number, place: Place): number | undefined {
  const last = place.total - 1
  const within = (index: number) => Math.max(0, Math.min(last, index))
  switch (key) {
    case 'ArrowRight':
      return within(from + 1)
    case 'ArrowLeft':
      return within(from - 1)
    case 'ArrowDown':
      return within(beside(from, 1, place))
    case 'ArrowUp':
      return within(beside(from, -1, place))
    case 'PageDown':
      return within(from + PAGE)
    case 'PageUp':
      return within(from - PAGE)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

/** In the next row, the photo whose middle is nearest. */
function beside(from: number, step: 1 | -1, { layout }: Place): number {
  const here = layout.boxOf(from)
  if (!here) return from + step
  const middle = here.left + here.width / 2
  let [best, distance, row] = [
    from + step,
    Number.POSITIVE_INFINITY,
    undefined as number | undefined,
  ]
  for (let count = 1; count <= LONGEST_ROW; count++) {
    const index = from + step * count
    const box = layout.boxOf(index)
    if (!box) break
    if (box.top === here.top) continue
    row ??= box.top
    if (box.top !== row) break
    const off = Math.abs(box.left + box.width / 2 - middle)
    if (off < distance) [best, distance] = [index, off]
  }
  return best
}
