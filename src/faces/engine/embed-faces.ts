import type { Net } from '../../inference/session.ts'
import type { Pixels } from '../../media/scale-pixels.ts'
import type { EmbedderSpec } from '../manifest.ts'
import { fitSimilarity, type Points, type Similarity } from './align.ts'
import { runOnCrops } from './crops.ts'
import { joinVectors, meanDirection } from './vectors.ts'

export type Embedder = { readonly net: Net; readonly spec: EmbedderSpec; readonly weight: number }

/** Zooms of a face, each embedded as it is and mirrored; their mean is the embedding. */
export type Zooms = readonly number[]
/** A photo's faces: mirroring alone lifts F1 from .936 to .947 and doubles the cost, 7 ms a face. */
export const PHOTO_ZOOMS: Zooms = [1]
/** A selfie is one face, so three zooms cost nothing that matters. */
export const SELFIE_ZOOMS: Zooms = [1, 0.95, 1.05]

/** Embeds faces by their five points: the vectors of all embedders joined. Each embedding has unit length. */
export async function embedFaces(
  embedders: readonly Embedder[],
  picture: Pixels,
  { faces, zooms }: { faces: readonly Points[]; zooms: Zooms },
): Promise<Float32Array[]> {
  const parts: { vectors: Float32Array[]; weight: number }[] = []
  for (const { net, spec, weight } of embedders)
    parts.push({ vectors: await embedOnce({ net, spec }, picture, { faces, zooms }), weight })
  return faces.map((_, i) =>
    joinVectors(parts.map(({ vectors, weight }) => ({ vector: vectors[i]!, weight }))),
  )
}

async function embedOnce(
  { net, spec }: Pick<Embedder, 'net' | 'spec'>,
  picture: Pixels,
  { faces, zooms }: { faces: readonly Points[]; zooms: Zooms },
): Promise<Float32Array[]> {
  const crops = faces.flatMap((points) => {
    const toPicture = fitSimilarity(spec.template, points)
    return zooms.map((zoom) => zoomBy(toPicture, zoom, spec.side))
  })
  const looks = await runOnCrops(net, picture, { crops, options: spec })
  return faces.map((_, i) => {
    const own = looks.slice(i * zooms.length, (i + 1) * zooms.length)
    return meanDirection(own.flatMap(({ plain, mirrored }) => [plain, mirrored]))
  })
}

/** Shows `zoom` times as much of the picture, about the centre of the crop. */
function zoomBy({ a, b, tx, ty }: Similarity, zoom: number, side: number): Similarity {
  const shift = ((1 - zoom) * side) / 2
  return { a: a * zoom, b: b * zoom, tx: tx + (a - b) * shift, ty: ty + (b + a) * shift }
}
