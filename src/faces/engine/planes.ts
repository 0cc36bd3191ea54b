import type { Normalisation } from '../manifest.ts'

/** Where the red, the green and the blue plane go in the input of a net. */
const ORDERS = { RGB: [0, 1, 2], BGR: [2, 1, 0] } as const

/** Normalises the red, green and blue plane (0..255) of a crop into the input of a net. */
export function normaliseInto(
  target: Float32Array,
  crop: Float32Array,
  { mean, deviation, channelOrder }: Normalisation,
): void {
  const plane = crop.length / 3
  ORDERS[channelOrder].forEach((to, channel) => {
    const from = crop.subarray(channel * plane, (channel + 1) * plane)
    const normal = { centre: mean[channel]!, factor: 1 / deviation[channel]! }
    normalisePlane(target.subarray(to * plane, (to + 1) * plane), from, normal)
  })
}

function normalisePlane(
  target: Float32Array,
  plane: Float32Array,
  { centre, factor }: { centre: number; factor: number },
): void {
  for (let at = 0; at < plane.length; at++) target[at] = (plane[at]! - centre) * factor
}

/** Part of a picture as the normalised input of a net; what the part does not cover is black. */
export function inputPlanes(
  pixels: { data: Uint8Array; width: number },
  part: { left: number; top: number; width: number; height: number },
  {
    width,
    height,
    mean,
    deviation,
    channelOrder,
  }: { width: number; height: number } & Normalisation,
): Float32Array {
  const plane = width * height
  const planes = new Float32Array(3 * plane)
  ORDERS[channelOrder].forEach((to, channel) => {
    const centre = mean[channel]!
    const factor = 1 / deviation[channel]!
    const first = to * plane
    planes.fill(-centre * factor, first, first + plane)
    for (let row = 0; row < part.height; row++) {
      let from = ((part.top + row) * pixels.width + part.left) * 3 + channel
      const start = first + row * width
      for (let at = start; at < start + part.width; at++, from += 3)
        planes[at] = (pixels.data[from]! - centre) * factor
    }
  })
  return planes
}
