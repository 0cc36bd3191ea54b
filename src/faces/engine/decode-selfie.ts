import { isPermanent } from '../../lib/errors.ts'
import type { Decode } from '../../media/decoder/open-decoder.ts'
import type { Picture } from '../../media/picture.ts'
import { selfieEmpty, selfieNotAPicture } from '../errors.ts'

/** Phones take up to 50 megapixels. */
const MAX_PIXELS = 60_000_000

/**
 * The pixels of a selfie, in memory only.
 *
 * @throws selfie_empty, selfie_not_a_picture, recognition_busy
 */
export async function decodeSelfie(
  decode: Decode,
  selfie: Uint8Array,
  signal?: AbortSignal,
): Promise<Picture> {
  if (selfie.length === 0) throw selfieEmpty()
  const options = { maxPixels: MAX_PIXELS, ...(signal && { signal }) }
  return decode(selfie, options).catch((error: unknown) => {
    throw isPermanent(error) ? selfieNotAPicture(error) : error
  })
}
