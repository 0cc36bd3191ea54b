import { AppError } from '../lib/errors.ts'
import type { PictureFormat } from './sniff.ts'

/** The bytes are of a supported format but no picture comes out. `why` is a sentence that says what to do. */
export const photoNotDecodable = (why: string, cause?: unknown) =>
  new AppError({ code: 'photo_not_decodable', message: why, cause })

/** The file is of a format that is not read here. `why` is a sentence that says what to do. */
export const photoUnsupported = (why: string, cause?: unknown) =>
  new AppError({ code: 'photo_unsupported', message: why, cause })

type TooLarge = { width: number; height: number; maxPixels: number }

/** The header promises more pixels than we are willing to decode. */
export const photoTooLarge = ({ width, height, maxPixels }: TooLarge) =>
  new AppError({
    code: 'photo_too_large',
    message:
      `The photo has ${width} × ${height} = ${megapixels(width * height)} megapixels; ` +
      `the limit is ${megapixels(maxPixels)}. Export it smaller.`,
  })

const megapixels = (pixels: number) => Number((pixels / 1e6).toPrecision(3))

/**
 * What a failure of sharp means for people. Failures of the machine (memory, disk) are handed through unchanged: the
 * next try may go well.
 */
export function explainFailure(error: unknown, format: PictureFormat): unknown {
  if (!(error instanceof Error) || /out of memory|unix error/i.test(error.message)) return error
  if (format === 'heic') return photoUnsupported(HEIC, error)
  if (/^timeout/i.test(error.message)) {
    return photoNotDecodable('The photo takes too long to decode. Export it again as JPEG.', error)
  }
  if (/premature end/i.test(error.message)) {
    return photoNotDecodable('The file ends early (truncated). Copy it again from the card.', error)
  }
  return photoNotDecodable('The file is damaged or ends early. Copy it again from the card.', error)
}

/** sharp's prebuilt libvips decodes AVIF but not HEVC, which is patented; one built with libde265 does. */
const HEIC = 'HEIC pictures (iPhone) cannot be decoded by this installation. Export as JPEG.'
