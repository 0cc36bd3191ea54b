export type Tile = {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

type TileRule = { readonly maxSide: number; readonly overlap: number; readonly multiple: number }
type Span = { readonly start: number; readonly length: number }

/**
 * The fewest tiles of one size that cover the picture, each at most `maxSide` long, sharing `overlap` pixels or more with
 * its neighbours. A tile smaller than the picture is a multiple of `multiple` long, so that none is wasted on padding.
 */
export function tilesOf(
  { width, height }: { width: number; height: number },
  rule: TileRule,
): Tile[] {
  const columns = spansOf(width, rule)
  return spansOf(height, rule).flatMap((row) =>
    columns.map((column) => ({
      left: column.start,
      top: row.start,
      width: column.length,
      height: row.length,
    })),
  )
}

function spansOf(total: number, { maxSide, overlap, multiple }: TileRule): Span[] {
  const count = Math.max(1, Math.ceil((total - overlap) / (maxSide - overlap)))
  if (count === 1) return [{ start: 0, length: total }]
  const needed = (total - overlap) / count + overlap
  const length = Math.min(total, Math.ceil(needed / multiple) * multiple)
  return Array.from({ length: count }, (_, i) => ({
    start: Math.round((i * (total - length)) / (count - 1)),
    length,
  }))
}
