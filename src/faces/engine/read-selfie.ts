import { isPermanent } from '../../lib/errors.ts'
import { decodePicture } from '../../media/decode-picture.ts'
import { selfieEmpty, selfieNotAPicture } from '../errors.ts'
import type { FaceEngine } from './open-face-engine.ts'

/** Phones take up to 50 megapixels. */
const MAX_PIXELS = 60_000_000

/**
 * The embedding of the largest face of a selfie; undefined when it shows none. The picture lives in memory only.
 *
 * @throws selfie_empty, selfie_not_a_picture
 */
export async function readSelfie(
  engine: FaceEngine,
  selfie: Uint8Array,
): Promise<Float32Array | undefined> {
  if (selfie.length === 0) throw selfieEmpty()
  const picture = await decodePicture(selfie, { maxPixels: MAX_PIXELS }).catch((error: unknown) => {
    throw isPermanent(error) ? selfieNotAPicture(error) : error
  })
  return (await engine.findSelfie(picture))?.embedding
}
