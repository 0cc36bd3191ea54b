import { explainFailure, photoTooLarge } from './errors.ts'
import type { Picture } from './picture.ts'
import { type PictureSource, probePicture } from './probe-picture.ts'
import { sharp } from './sharp.ts'

/** The largest photo decoded by default: phones and medium format reach 100-108; 150 takes 0.9 GB for a moment. */
export const MAX_PIXELS = 150_000_000

/**
 * A 150 megapixel TIFF or PNG takes a few seconds of CPU. This is time that passes, so it leaves room for a busy machine; what was made
 * to take long is stopped before by who watches the decoder's CPU.
 */
const TIME_LIMIT_SECONDS = 600

type DecodeOptions = { maxPixels?: number; signal?: AbortSignal }

/** As a `Picture` has them, in memory of libvips. */
export type DecodedPixels = {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/**
 * Decodes the first frame of a photo to upright sRGB pixels: EXIF orientation applied, profiles, CMYK,
 * greyscale and 16 bit converted, transparent parts on white. The number of pixels is checked from the header before
 * any is decoded.
 *
 * A truncated file is an error; a file with junk behind its end or small flaws inside is not, as cameras write those.
 *
 * @param options.signal looked at between the steps: libvips itself cannot be stopped, but has a limit of 10 minutes
 * @throws AppError `photo_unsupported`, `photo_not_decodable`, `photo_too_large`
 */
export async function decodePixels(
  source: PictureSource,
  { maxPixels = MAX_PIXELS, signal }: DecodeOptions = {},
): Promise<DecodedPixels> {
  signal?.throwIfAborted()
  const { width, height, format, isSrgb } = await probePicture(source)
  if (width * height > maxPixels) throw photoTooLarge({ width, height, maxPixels })
  signal?.throwIfAborted()
  try {
    const { data, info } = await sharp(source, {
      autoOrient: true,
      failOn: 'truncated',
      ignoreIcc: isSrgb, // a third of the CPU of 12 megapixels
      limitInputPixels: maxPixels,
    })
      .timeout({ seconds: TIME_LIMIT_SECONDS })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    signal?.throwIfAborted()
    return { data, width: info.width, height: info.height }
  } catch (error) {
    signal?.throwIfAborted()
    throw explainFailure(error, format)
  }
}

/**
 * The same in shared memory: one copy (18 ms for 12 megapixels). The other way needs none: libvips reads `picture.data` in place, also
 * on other threads, so it must not be written to.
 */
export async function decodePicture(
  source: PictureSource,
  options: DecodeOptions = {},
): Promise<Picture> {
  const pixels = await decodePixels(source, options)
  return { ...pixels, data: toShared(pixels.data) }
}

function toShared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}
