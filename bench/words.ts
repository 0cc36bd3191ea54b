/** Three significant digits, without an exponent: 1,234 · 12.3 · 0.0123. */
export const figure = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: value >= 1000 ? 4 : 3 })

export const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? 'not measured' : `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`

export const times = (factor: number): string => `${factor.toFixed(1)} ×`

type Cell = string | number

/** A table in Markdown; the first column stands left, the others right. */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}
