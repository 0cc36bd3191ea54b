import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Path, parse } from 'opentype.js'
import sharp from 'sharp'
import type { Picture } from '../../media/picture.ts'

/** A number on a white bib; the place is the centre of its digits. Pixels, degrees. */
export type DrawnBib = { text: string; x: number; y: number; size: number; tilt?: number }

type Scene = {
  width: number
  height: number
  bibs: readonly DrawnBib[]
  blur?: number
  noise?: number
}

const fontPath = createRequire(import.meta.url).resolve(
  '@fontsource/inter/files/inter-latin-700-normal.woff',
)
const fontBytes = readFileSync(fontPath)
const font = parse(new Uint8Array(fontBytes).buffer)

/** Draws bibs as outlines, as no fonts of the system can be relied on. `noise` is the deviation of grey grain. */
export async function drawPicture({ width, height, bibs, blur, noise }: Scene): Promise<Picture> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="#5a6b4e"/>${bibs.map(drawBib).join('')}</svg>`
  let image = sharp(Buffer.from(svg)).removeAlpha()
  if (noise) {
    const grain = { type: 'gaussian', mean: 128, sigma: noise } as const
    const layer = sharp({
      create: { width, height, channels: 3, background: 'grey', noise: grain },
    })
    const input = await layer.png().toBuffer()
    image = sharp(
      await image
        .composite([{ input, blend: 'soft-light' }])
        .png()
        .toBuffer(),
    )
  }
  if (blur) image = image.blur(blur)
  const { data, info } = await image
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const shared = new Uint8Array(new SharedArrayBuffer(data.length))
  shared.set(data)
  return { data: shared, width: info.width, height: info.height }
}

function drawBib({ text, x, y, size, tilt = 0 }: DrawnBib): string {
  const path = outlineOf(text, size)
  const { x1, y1, x2, y2 } = path.getBoundingBox()
  const [width, height] = [x2 - x1, y2 - y1]
  const paper = `<rect x="${-width / 2 - size / 2}" y="${-height}" width="${width + size}" height="${2 * height}" fill="white"/>`
  const digits = `<path transform="translate(${-(x1 + x2) / 2} ${-(y1 + y2) / 2})" d="${path.toPathData(2)}" fill="#111"/>`
  return `<g transform="translate(${x} ${y}) rotate(${tilt})">${paper}${digits}</g>`
}

/** Glyph by glyph: opentype.js cannot shape a whole text with this font's substitution tables. */
function outlineOf(text: string, size: number): Path {
  const outline = new Path()
  let x = 0
  for (const character of text) {
    const glyph = font.charToGlyph(character)
    outline.extend(glyph.getPath(x, 0, size))
    x += ((glyph.advanceWidth ?? 0) * size) / font.unitsPerEm
  }
  return outline
}
