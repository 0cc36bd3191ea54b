import { sharp } from '../../media/sharp.ts'

/** Pixels as a `Picture` has them, in any memory: scaled copies need not be shared. */
export type Pixels = { readonly data: Uint8Array; readonly width: number; readonly height: number }

/**
 * Scales down to `longestSide`; a smaller picture is given back as it is. sharp reads shared memory in place, and costs less
 * than averaging in JavaScript: 60 ms of CPU against 130 from 24 megapixels to 2048 px.
 */
export async function shrinkPixels(pixels: Pixels, longestSide: number): Promise<Pixels> {
  const scale = longestSide / Math.max(pixels.width, pixels.height)
  if (scale >= 1) return pixels
  const width = Math.max(1, Math.round(pixels.width * scale))
  const height = Math.max(1, Math.round(pixels.height * scale))
  const raw = { width: pixels.width, height: pixels.height, channels: 3 } as const
  const data = await sharp(pixels.data, { raw, limitInputPixels: false })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer()
  return { data, width, height }
}
