import { createHash } from 'node:crypto'
import { sharp } from '../media/sharp.ts'
import { checkSvg, hasText } from './check-svg.ts'
import { watermarkInvalid } from './errors.ts'

/** What is drawn over previews. `id` changes whenever the drawing would. */
export type WatermarkArt = {
  readonly id: string
  /** Draws the mark for a preview of this size: straight RGBA of exactly that size. */
  readonly draw: (size: Size) => Promise<Uint8Array>
}

export type Size = { readonly width: number; readonly height: number }

type Art = Size & { readonly isOpaque: boolean }

/** Art of this mean opacity would hide the photo. */
const OPAQUE = 0.85

/** A watermark of 16 megapixels covers the largest preview twice over. */
const MAX_PIXELS = 16_000_000

/** How much an art's proportions may differ from the photo's and still be laid over all of it. */
const COVERING_RATIO = 1.6

/** The share of a preview's height that art along the bottom edge may take. */
const STRIP_HEIGHT = 0.25

/**
 * Loads a designer's watermark, having checked that it is harmless and draws something.
 *
 * Where it goes: art of about the photo's proportions (within a factor of 1.6: everything from 1:1 to 16:9 on a 3:2
 * photo) is fitted into the whole preview, centred, if one sees through it; anything longer, higher or opaque is a logo or
 * a strip and stands at the middle of the bottom edge, as large as fits the width and a quarter of the height. Proportions
 * are kept. So a designer places a small logo by exporting it on a transparent 3:2 canvas.
 *
 * @throws AppError `watermark_invalid`, saying what to change
 */
export async function loadWatermark(
  bytes: Uint8Array,
  contentType: 'image/png' | 'image/svg+xml',
): Promise<WatermarkArt> {
  if (contentType === 'image/svg+xml') checkSvg(bytes)
  else if (!isPng(bytes)) throw watermarkInvalid('The file is not a PNG. Export it as PNG or SVG.')
  if (contentType === 'image/svg+xml' && hasText(bytes) && !(await canDrawText()))
    throw watermarkInvalid(
      'The SVG has text, and this machine has no fonts. Convert the text to paths.',
    )
  const size = await readSize(bytes)
  const art = { ...size, isOpaque: (await opacityOf(bytes, size)) > OPAQUE }
  return {
    id: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    draw: (preview) => drawArt(bytes, art, preview),
  }
}

const isPng = (bytes: Uint8Array) =>
  Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))

async function readSize(bytes: Uint8Array): Promise<Size> {
  const { width, height } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause) => {
      throw watermarkInvalid('The watermark is damaged. Export it again.', cause)
    })
  if (width * height > MAX_PIXELS) {
    throw watermarkInvalid(`The watermark is ${width} × ${height}. Export it below 16 megapixels.`)
  }
  return { width, height }
}

/** The mean opacity, 0..1. @throws AppError `watermark_invalid` when it draws nothing */
async function opacityOf(bytes: Uint8Array, art: Size): Promise<number> {
  const pixels = await renderArt(bytes, fitInside(art, { width: 256, height: 256 })).catch(
    (cause) => {
      throw watermarkInvalid('The watermark cannot be drawn. Export it again.', cause)
    },
  )
  const alphas = pixels.filter((_, i) => i % 4 === 3)
  const opacity = alphas.reduce((sum, alpha) => sum + alpha, 0) / (255 * alphas.length)
  if (opacity === 0) throw watermarkInvalid('The watermark draws nothing: it is transparent.')
  return opacity
}

/** Without fonts every letter is drawn as the same empty box. */
async function canDrawText(): Promise<boolean> {
  const draw = (letter: string) =>
    sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text x="4" y="48" font-size="48">${letter}</text></svg>`,
      ),
    )
      .raw()
      .toBuffer()
  const [wide, narrow] = await Promise.all([draw('W'), draw('i')])
  return !wide.equals(narrow)
}

async function drawArt(bytes: Uint8Array, art: Art, preview: Size): Promise<Uint8Array> {
  const ratio = art.width / art.height / (preview.width / preview.height)
  const covers = !art.isOpaque && ratio <= COVERING_RATIO && ratio >= 1 / COVERING_RATIO
  const room = covers ? preview.height : Math.ceil(preview.height * STRIP_HEIGHT)
  const size = fitInside(art, { width: preview.width, height: room })
  const free = preview.height - size.height
  const top = covers ? Math.floor(free / 2) : free
  const left = Math.floor((preview.width - size.width) / 2)
  return place(await renderArt(bytes, size), size, { left, top, preview })
}

function fitInside(art: Size, room: Size): Size {
  const scale = Math.min(room.width / art.width, room.height / art.height)
  return {
    width: Math.max(1, Math.round(art.width * scale)),
    height: Math.max(1, Math.round(art.height * scale)),
  }
}

const renderArt = (bytes: Uint8Array, { width, height }: Size): Promise<Uint8Array> =>
  openArt(bytes)
    .resize(width, height, { fit: 'fill' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer()

const openArt = (bytes: Uint8Array) =>
  sharp(bytes, { limitInputPixels: MAX_PIXELS }).timeout({ seconds: 10 })

type Place = { left: number; top: number; preview: Size }

function place(pixels: Uint8Array, size: Size, { left, top, preview }: Place): Uint8Array {
  const canvas = new Uint8Array(preview.width * preview.height * 4)
  const rowBytes = size.width * 4
  for (let y = 0; y < size.height; y++) {
    const row = pixels.subarray(y * rowBytes, (y + 1) * rowBytes)
    canvas.set(row, ((top + y) * preview.width + left) * 4)
  }
  return canvas
}
