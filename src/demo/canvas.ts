import { sharp } from '../media/sharp.ts'

export type Size = { readonly width: number; readonly height: number }

/** RGB pixels that are drawn upon. */
export type Canvas = Size & { readonly pixels: Uint8Array }

/** RGBA pixels and where they go on a canvas; parts outside it are left out. */
export type Layer = Size & {
  readonly pixels: Uint8Array
  readonly left: number
  readonly top: number
}

/** Lays a layer over the canvas. Whole numbers in a loop: libvips' compositing takes 4 × the time on many layers. */
export function drawLayer(canvas: Canvas, { pixels, width, height, left, top }: Layer): void {
  const [fromX, toX] = [Math.max(0, -left), Math.min(width, canvas.width - left)]
  const [fromY, toY] = [Math.max(0, -top), Math.min(height, canvas.height - top)]
  for (let y = fromY; y < toY; y++) {
    let over = (y * width + fromX) * 4
    let under = ((y + top) * canvas.width + fromX + left) * 3
    for (let x = fromX; x < toX; x++, over += 4, under += 3) {
      const alpha = pixels[over + 3]!
      if (alpha === 0) continue
      for (let channel = 0; channel < 3; channel++) {
        const below = canvas.pixels[under + channel]!
        const mixed = below * (255 - alpha) + pixels[over + channel]! * alpha
        canvas.pixels[under + channel] = (mixed + 127) / 255
      }
    }
  }
}

/** The noise of a sensor at ISO 800: the same value on all channels, from a table that repeats out of step. */
export function addGrain({ pixels }: Canvas, table: Int8Array): void {
  for (let i = 0, at = 0; i < pixels.length; i += 3, at++) {
    const noise = table[(at + (at >> 9)) % table.length]!
    for (let channel = i; channel < i + 3; channel++) {
      pixels[channel] = Math.min(255, Math.max(0, pixels[channel]! + noise))
    }
  }
}

/** Renders an SVG or PNG to a layer. */
export async function renderLayer(
  source: Buffer,
  place: { left: number; top: number; size?: Size },
): Promise<Layer> {
  const image = place.size ? sharp(source).resize({ ...place.size, fit: 'fill' }) : sharp(source)
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height, left: place.left, top: place.top }
}
