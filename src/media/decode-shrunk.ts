import { MAX_PIXELS } from './decode-picture.ts'
import type { PictureSource } from './probe-picture.ts'
import { sharp } from './sharp.ts'

/** Longest for a picture that was decoded in full before. */
const TIME_LIMIT_SECONDS = 20

/**
 * Decodes a photo that is known to be good to upright sRGB pixels of at most `side` on the longer side, never enlarged. A JPEG
 * is shrunk while it is decoded: a 24 MP one takes 60 ms and a few megabytes. The work is done on libvips' threads.
 */
export async function decodeShrunk(source: PictureSource, side: number) {
  const { data, info } = await sharp(source, { autoOrient: true, limitInputPixels: MAX_PIXELS })
    .timeout({ seconds: TIME_LIMIT_SECONDS })
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}
