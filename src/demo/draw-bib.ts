import { outlineText } from '../media/outline-text.ts'

/** Of a bib, in units of a body: 24 × 17 cm on a person, as races print them. */
const BIB = { width: 1.5, height: 1.06 }

type BibText = { number: string; event: string; name: string; colour: string }

/** A race number as SVG, centred at 0,0 in units of a body: card, band with the event, number, name, four pins. */
export function drawBib({ number, event, name, colour }: BibText): string {
  const { width, height } = BIB
  const [left, top] = [-width / 2, -height / 2]
  const pins = [-1, 1].flatMap((x) =>
    [-1, 1].map((y) => {
      const [cx, cy] = [x * (width / 2 - 0.07), y * (height / 2 - 0.07)]
      return `<circle cx="${cx}" cy="${cy}" r=".028" fill="#555"/>`
    }),
  )
  const card = `x="${left}" y="${top}" width="${width}" height="${height}" rx=".04"`
  return (
    `<rect ${card} fill="none" stroke="#000" stroke-opacity=".12" stroke-width=".1"/>` +
    `<rect ${card} fill="#000" opacity=".2" transform="translate(.03 .05)"/>` +
    `<rect ${card} fill="#fbfbf8"/>` +
    `<path d="M${left} ${top + 0.04}q0-.04 .04-.04h${width - 0.08}q.04 0 .04 .04v.2h${-width}z" fill="${colour}"/>` +
    fitText(event, { y: top + 0.17, height: 0.1, maxWidth: width * 0.7, fill: '#fff' }) +
    fitText(number, { y: 0.24, height: 0.44, maxWidth: width * 0.84, fill: '#14161a' }) +
    fitText(name, { y: height / 2 - 0.08, height: 0.085, maxWidth: width * 0.7, fill: '#444' }) +
    `${pins.join('')}<rect ${card} fill="url(#fold)"/>`
  )
}

/** Gradients and filters that `drawBib` refers to. */
export const BIB_DEFINITIONS =
  `<linearGradient id="fold" x2="1" y2=".25"><stop offset="0" stop-opacity=".2"/>` +
  `<stop offset=".22" stop-opacity="0"/><stop offset=".46" stop-opacity=".1"/>` +
  `<stop offset=".52" stop-color="#fff" stop-opacity=".25"/><stop offset=".7" stop-opacity="0"/>` +
  `<stop offset="1" stop-opacity=".26"/></linearGradient>`

type Fit = { y: number; height: number; maxWidth: number; fill: string }

/** A line of text around x = 0, its baseline at `y`, its capitals `height` high unless it would be too wide. */
export function fitText(text: string, { y, height, maxWidth, fill }: Fit): string {
  const outline = outlineText(text)
  if (!outline) return ''
  const scale = Math.min(height / outline.capHeight, maxWidth / outline.width)
  const place = `translate(${(-outline.width * scale) / 2} ${y}) scale(${scale})`
  return `<path transform="${place}" d="${outline.path}" fill="${fill}"/>`
}
