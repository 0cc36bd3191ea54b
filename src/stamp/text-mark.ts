import { createHash } from 'node:crypto'
import { outlineText } from '../media/outline-text.ts'
import { sharp } from '../media/sharp.ts'
import type { Size, WatermarkArt } from './watermark-art.ts'

/** Shown when the wanted text cannot be drawn. */
const FALLBACK = 'PREVIEW'
const MAX_CHARACTERS = 40

/** Height of a capital letter, as a share of the preview's longer side; smaller is cropped out too easily. */
const LETTER_HEIGHT = 0.028
const ANGLE_DEGREES = -28

/**
 * The default watermark: the text in diagonal rows all over the preview, half-transparent white with a thin dark rim,
 * so that it can be read on snow and on asphalt. Letters are drawn from the bundled font Inter (Latin): no font need
 * be installed. Text with letters the font lacks becomes 'PREVIEW'.
 */
export function textMark(text: string): WatermarkArt {
  const wanted = text.trim().replace(/\s+/g, ' ').slice(0, MAX_CHARACTERS)
  const outline = (wanted && outlineText(wanted)) || outlineText(FALLBACK)!
  return {
    id: createHash('sha256').update(`rows ${outline.path}`).digest('hex').slice(0, 16),
    draw: async (size) => {
      const svg = Buffer.from(drawRows(outline, size))
      return sharp(svg).ensureAlpha().raw({ depth: 'uchar' }).toBuffer()
    },
  }
}

type Outline = NonNullable<ReturnType<typeof outlineText>>

/** One tile holds the text twice, the second time half a step further, like bricks. */
function drawRows({ path, width, capHeight }: Outline, size: Size): string {
  const scale = (Math.max(size.width, size.height) * LETTER_HEIGHT) / capHeight
  const step = width + capHeight * 4
  const row = capHeight * 6
  const tile = `width="${step}" height="${row * 2}" patternUnits="userSpaceOnUse"`
  const place = `patternTransform="rotate(${ANGLE_DEGREES}) scale(${scale})"`
  const bricks = [0, -step / 2, step / 2].map((x, i) => {
    const y = i === 0 ? capHeight * 2 : capHeight * 2 + row
    return `<path transform="translate(${x} ${y})" d="${path}"/>`
  })
  const ink = `fill="#fff" fill-opacity=".45" stroke="#000" stroke-opacity=".38" paint-order="stroke"`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">` +
    `<pattern id="rows" ${tile} ${place}><g ${ink} stroke-width="${capHeight / 9}">` +
    `${bricks.join('')}</g></pattern>` +
    `<rect width="100%" height="100%" fill="url(#rows)"/></svg>`
  )
}
